// Reads the keys of a command, and checks each by the prefix of the client's API key. Hot.

import type { Call } from "../commands/call.ts";
import type { CommandShape } from "../commands/command-shape.ts";
import { KEY_TOO_LONG, keyArgument } from "../wire/key-argument.ts";
import { NO_PERM_KEY } from "../wire/refusal.ts";

/**
 * Reads keys number `from` to `to` (not included) of a command that has keys into `call.keys`; `false`: one is too
 * long or out of bounds, and that is answered.
 */
export function takeKeys(call: Call, command: CommandShape, from: number, to: number): boolean {
  const { args, keys } = call;
  const { prefix } = call.session.apiKey!;
  const [first, , step] = command.keys!;
  keys.length = 0;
  for (let n = from; n < to; n++) {
    const i = first + n * step;
    const key = keyArgument(args, i);
    if (key === undefined) {
      call.fail(KEY_TOO_LONG);
      return false;
    }
    if (prefix !== "" && !key.startsWith(prefix)) {
      call.fail(NO_PERM_KEY);
      return false;
    }
    keys.push(key);
  }
  return true;
}
