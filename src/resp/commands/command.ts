// What a RESP command is to the lane: its name, shape, rights and handler. No code here.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "../connection/connection.ts";

/** What a client must have shown for a command: nothing, any key, or a key with this scope (both: read and write). */
export type Right = "nothing" | "key" | "read" | "write" | "both" | "admin";

export interface Command {
  /** In lower case; a subcommand's is `client|id`. */
  readonly name: string;
  /** Arguments with the name; negative: at least so many (Redis's arity). */
  readonly arity: number;
  readonly right: Right;
  /** Argument of the first key, of the last (negative: from the end), and the step; none: no keys. */
  readonly keys?: readonly [first: number, last: number, step: number];
  /** One sentence, for COMMAND DOCS. */
  readonly summary: string;
  readonly subcommands?: readonly Command[];
  /** Writes exactly one answer to `client.out`, now or by the time the promise resolves; `client.keys` are checked. */
  readonly run: (client: Client, args: Arguments) => MaybePromise<void>;
}

/** A command as one server counts it. */
export interface Tally {
  readonly command: Command;
  calls: number;
  failed: number;
}
