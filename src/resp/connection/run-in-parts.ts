// Runs a command of very many keys in parts, between which the event loop runs: every key is checked first. Cold.

import { Slices } from "../../base/loop/slices.ts";
import type { Call } from "../commands/call.ts";
import type { Command, Parts } from "../commands/command.ts";
import { keyCount } from "../commands/key-count.ts";
import { takeRate } from "../commands/rate.ts";
import { Refusal } from "../wire/refusal.ts";
import { takeKeys } from "./take-keys.ts";

/** Keys of one part; a command of no more is one step. */
export const KEYS_AT_ONCE = 1_000;

export async function runInParts(call: Call, command: Command, parts: Parts): Promise<void> {
  const { args } = call;
  const count = keyCount(args, command);
  const slices = new Slices(call.services.options.clock.nowMs);
  const complaint = parts.refuse?.(args);
  if (complaint !== undefined) return call.fail(complaint);
  for (let from = 0; from < count; from += KEYS_AT_ONCE) {
    if (!takeKeys(call, command, from, Math.min(count, from + KEYS_AT_ONCE))) return;
    if (!(await call.pause(slices))) return;
  }
  if (command.right !== "read" && !takeRate(call, count)) return;
  parts.begin?.(call, count);
  let sum = 0;
  for (let from = 0; from < count; from += KEYS_AT_ONCE) {
    takeKeys(call, command, from, Math.min(count, from + KEYS_AT_ONCE));
    if (command.right === "read" && call.tracking.isOn)
      for (const key of call.keys) call.tracking.remember(key);
    const [first, , step] = command.keys!;
    const done = await parts.part(call, first + from * step, slices);
    if (done instanceof Refusal) return call.fail(from === 0 ? done.text : NOT_ALL);
    sum += done;
    if (!(await call.pause(slices))) return;
  }
  parts.end(call, sum);
}

const NOT_ALL = "ERR the shared cache does not answer any more; some of the keys were done";
