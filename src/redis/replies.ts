// Reads what Redis's scripts answer. Cold.

import { L2Error } from "../store/l2-error.ts";
import type { L2MarkRequest, L2Outcome } from "../store/l2.ts";

export function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw new L2Error("refused", "a reply of an unexpected form");
  return reply;
}

/** The outcome of a script that changes something. */
export function outcomeOf(reply: unknown): L2Outcome {
  const [kind, epoch, n, timeMs, present] = listOf(reply);
  switch (String(kind)) {
    case "done": {
      const stamp = { epoch: String(epoch), n: Number(n), timeMs: Number(timeMs) };
      return { kind: "done", ...stamp, present: Number(present) };
    }
    case "failed_condition":
      return { kind: "failed_condition" };
    default:
      return { kind: "late" };
  }
}

/** The fields of the clock that hold a target's marks. */
export function markFieldsOf(target: L2MarkRequest["target"]): string[] {
  switch (target.kind) {
    case "all":
      return ["p:"];
    case "prefix":
      return [`p:${target.prefix}`];
    case "tags":
      return target.tags.map((tag) => `t:${tag}`);
  }
}
