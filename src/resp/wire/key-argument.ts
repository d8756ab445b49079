// Reads an argument that is a key. Hot.

import { KEY_BYTES_MAX } from "../../base/limits.ts";
import type { Arguments } from "./arguments.ts";
import { storedKeyOf } from "./stored-key.ts";

export const KEY_TOO_LONG = `ERR invalid key: it is longer than ${KEY_BYTES_MAX} bytes, as it is or as it would be stored`;

/** How the key that argument `index` is is stored; `undefined`: that would be too long. */
export function keyArgument(args: Arguments, index: number): string | undefined {
  return args.isPlainKey(index) ? args.text(index) : storedKeyOf(args.bytes(index));
}
