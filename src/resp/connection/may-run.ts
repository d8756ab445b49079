// What a command needs to be run: its arguments' number, the rights of the API key, good keys, and their rate. Hot.

import type { Call } from "../commands/call.ts";
import type { CommandShape } from "../commands/command-shape.ts";
import type { Command } from "../commands/command.ts";
import { allows } from "../commands/allows.ts";
import { keyCount } from "../commands/key-count.ts";
import { takeRate } from "../commands/rate.ts";
import type { Arguments } from "../wire/arguments.ts";
import { NO_AUTH, noPermission } from "../wire/refusal.ts";
import { KEYS_AT_ONCE } from "./run-in-parts.ts";
import { takeKeys } from "./take-keys.ts";

export function hasArity(args: Arguments, { arity }: CommandShape): boolean {
  return arity < 0 ? args.count >= -arity : args.count === arity;
}

/** Whether the client has shown a key with the right for `command`; that it has not is answered. */
export function hasRight(call: Call, { name, right }: CommandShape): boolean {
  const { apiKey } = call.session;
  if (apiKey === undefined) {
    call.fail(NO_AUTH);
    return false;
  }
  if (allows(apiKey, right)) return true;
  call.fail(noPermission(name));
  return false;
}

/** Reads the keys of a command into `call.keys`; `false`: one is refused, or the rate, and that is answered. */
export function hasGoodKeys(call: Call, command: Command): boolean {
  const keys = keyCount(call.args, command);
  if (keys === 0 || (keys > KEYS_AT_ONCE && command.parts !== undefined)) return true;
  if (!takeKeys(call, command, 0, keys)) return false;
  if (command.right !== "read") return takeRate(call, call.keys.length);
  if (call.tracking.isOn) for (const key of call.keys) call.tracking.remember(key);
  return true;
}
