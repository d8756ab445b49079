// What a RESP command is to those who describe or count it: its name, shape and rights. No code here.

import type { CommandTimes } from "./monitoring/command-times.ts";

/** What a client must have shown for a command: nothing, any key, or a key with this scope (both: read and write). */
export type Right = "nothing" | "key" | "read" | "write" | "both" | "admin";

export interface CommandShape {
  /** In lower case; a subcommand's is `client|id`. */
  readonly name: string;
  /** Arguments with the name; negative: at least so many (Redis's arity). */
  readonly arity: number;
  readonly right: Right;
  /** Argument of the first key, of the last (negative: from the end), and the step; none: no keys. */
  readonly keys?: readonly [first: number, last: number, step: number];
  /** The argument that says how many keys follow it. */
  readonly keysCountedAt?: number;
  /** It is about channels, not about keys. */
  readonly isPubsub?: true;
  /** It removes every entry. */
  readonly removesAll?: true;
  /** One sentence, for COMMAND DOCS. */
  readonly summary: string;
  readonly subcommands?: readonly CommandShape[];
}

/** How often one listener ran a command, and answered it with an error. */
export interface CommandCounts {
  readonly command: CommandShape;
  /** What it is called among what held the event loop: see LoopWork. */
  readonly work: number;
  calls: number;
  /** All error answers, and those of them before the command was run. */
  failed: number;
  rejected: number;
  /** Of calls that were measured; none were: `undefined`. */
  times: CommandTimes | undefined;
}
