// How rows of the command table are written that name no keys.

import type { Command } from "./command.ts";

/** A command, or a subcommand as `command|subcommand`. */
export function row(
  name: string,
  arity: number,
  right: Command["right"],
  summary: string,
  run: Command["run"],
): Command {
  return { name, arity, right, summary, run };
}

/** A command that does nothing without a subcommand. */
export function container(name: string, summary: string, subcommands: readonly Command[]): Command {
  return { ...row(name, -2, "key", summary, () => undefined), subcommands };
}
