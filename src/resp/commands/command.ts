// One row of the command table: a command's shape and what runs it. No code here.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Call } from "./call.ts";
import type { CommandCounts, CommandShape } from "./command-shape.ts";

export interface Command extends CommandShape {
  readonly subcommands?: readonly Command[];
  /** Writes exactly one answer to `call.out`, now or by the time the promise resolves; `call.keys` are checked. */
  readonly run: (call: Call) => MaybePromise<void>;
}

/** A command with its counts, as a listener finds it by name. */
export interface CountedCommand extends CommandCounts {
  readonly command: Command;
}
