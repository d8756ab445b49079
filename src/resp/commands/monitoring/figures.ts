// The counters that INFO tells, which CONFIG RESETSTAT makes begin anew: all of a listener's at one time. Cold.

import type { CommandCounts } from "../command-shape.ts";

/** Counters that only grow, by name. */
export interface Totals {
  readonly hits: number;
  readonly misses: number;
  readonly expired: number;
  readonly evicted: number;
  readonly connections: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Ns of the event loop that commands took, and those of them that were measured command by command. */
  readonly laneNs: number;
  readonly measuredNs: number;
}

export interface Figures {
  readonly totals: Totals;
  readonly commands: ReadonlyMap<CommandCounts, CommandFigures>;
}

export interface CommandFigures {
  readonly calls: number;
  /** Answered with an error: within the command, and before it was run. */
  readonly failed: number;
  readonly rejected: number;
}

const NO_COMMANDS: CommandFigures = { calls: 0, failed: 0, rejected: 0 };

/** What `now` has more than `base`. */
export function since(base: Figures | undefined, now: Figures): Figures {
  if (base === undefined) return now;
  const entries = Object.entries(now.totals) as [keyof Totals, number][];
  const totals = Object.fromEntries(entries.map(([name, value]) => [name, value - base.totals[name]]));
  const commands = new Map(
    [...now.commands].map(([counts, { calls, failed, rejected }]) => {
      const before = base.commands.get(counts) ?? NO_COMMANDS;
      return [
        counts,
        {
          calls: calls - before.calls,
          failed: failed - before.failed,
          rejected: rejected - before.rejected,
        },
      ];
    }),
  );
  return { totals: totals as unknown as Totals, commands };
}
