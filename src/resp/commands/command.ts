// One row of the command table: a command's shape and what runs it. No code here.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Slices } from "../../base/loop/slices.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Refusal } from "../wire/refusal.ts";
import type { Call } from "./call.ts";
import type { CommandCounts, CommandShape } from "./command-shape.ts";

/** How a command does its work to part of its keys, where they are very many. */
export interface Parts {
  /** Whether it is better done in parts although it has few keys: its answer is large. */
  isLarge?(call: Call): boolean;
  /** A complaint about the arguments, before anything is done. */
  refuse?(args: Arguments): string | undefined;
  /** Begins the answer, of so many keys. */
  begin?(call: Call, keys: number): void;
  /** Does it to `call.keys`, the first of which is argument `first`; how many count. */
  part(call: Call, first: number, slices: Slices): MaybePromise<number | Refusal>;
  /** Ends the answer; `count` is the sum of all parts. */
  end(call: Call, count: number): void;
}

export interface Command extends CommandShape {
  readonly subcommands?: readonly Command[];
  /** Writes exactly one answer to `call.out`, now or by the time the promise resolves; `call.keys` are checked. */
  readonly run: (call: Call) => MaybePromise<void>;
  /** For one that takes any number of keys. */
  readonly parts?: Parts;
}

/** A command with its counts, as a listener finds it by name. */
export interface CountedCommand extends CommandCounts {
  readonly command: Command;
}
