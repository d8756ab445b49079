// Checks what Redis answers: whatever comes from there is believed only in the form that was asked for. Cold.

import { L2Error } from "../store/l2-error.ts";
import type { L2Done, L2MarkRequest } from "../store/l2.ts";

class UnexpectedReply extends L2Error {
  constructor() {
    super("refused", "a reply of an unexpected form");
  }
}

export function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw new UnexpectedReply();
  return reply as readonly unknown[];
}

/** A text, which Redis may also give as a number. */
export function textOf(reply: unknown): string {
  if (typeof reply === "string") return reply;
  if (reply instanceof Buffer || typeof reply === "number") return String(reply);
  throw new UnexpectedReply();
}

export function textOrNone(reply: unknown): string | undefined {
  return reply === null || reply === undefined || reply === false ? undefined : textOf(reply);
}

/** A number from 0 on. */
function numberOf(reply: unknown): number {
  const number = Number(textOf(reply));
  if (!(number >= 0) || !Number.isFinite(number)) throw new UnexpectedReply();
  return number;
}

/** An integer from 0 on that is exact in a double. */
export function countOf(reply: unknown): number {
  const number = numberOf(reply);
  if (!Number.isSafeInteger(number)) throw new UnexpectedReply();
  return number;
}

const EPOCH = /^(?:[0-9a-f-]{36})?$/;

/** Epoch, number and time at `index` of a reply. */
export function readingOf(reply: readonly unknown[], index: number) {
  const epoch = textOf(reply[index]);
  if (!EPOCH.test(epoch)) throw new UnexpectedReply();
  return {
    epoch,
    n: countOf(reply[index + 1]),
    timeMs: numberOf(reply[index + 2]),
  };
}

/** What a script that changes something has done, or how it declined. */
export function outcomeOf<K extends string>(
  reply: readonly unknown[],
  declined: readonly K[],
): L2Done | { [P in K]: { readonly kind: P } }[K] {
  const kind = textOf(reply[1]);
  if (kind === "done") return { kind, ...readingOf(reply, 2), present: countOf(reply[5]) };
  const known = declined.find((one) => one === kind);
  if (known === undefined) throw new UnexpectedReply();
  return { kind: known } as { [P in K]: { readonly kind: P } }[K];
}

/** The fields of the sequence's hash that hold a target's marks. */
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
