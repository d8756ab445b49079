// How many keys a command has, by its shape and its arguments. Hot.

import type { Arguments } from "../wire/arguments.ts";
import type { CommandShape } from "./command-shape.ts";

/** How many keys the command in `args` has. */
export function keyCount(args: Arguments, { keys }: CommandShape): number {
  if (keys === undefined) return 0;
  const [first, last, step] = keys;
  const to = last < 0 ? args.count + last : last;
  return to < first ? 0 : Math.floor((to - first) / step) + 1;
}
