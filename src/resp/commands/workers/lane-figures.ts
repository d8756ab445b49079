// What INFO tells of one worker's lane, as plain data, and of the lanes of all workers together. Cold.

import { ownRssBytes, sharedRssBytes } from "../../../base/bytes/own-memory.ts";
import type { Services } from "../services.ts";
import type { LaneOperation } from "./lane-operation.ts";
import { CommandTimes, type TimesData } from "../monitoring/command-times.ts";
import { since, type CommandFigures, type Figures, type Totals } from "../monitoring/figures.ts";
import { figuresOf } from "../monitoring/figures-of.ts";

export interface LaneFigures {
  /** Since the listener began, or since CONFIG RESETSTAT. */
  readonly totals: Totals;
  /** Of those that were called or refused, by their names. */
  readonly commands: ReadonlyMap<string, CommandFigures>;
  readonly times: ReadonlyMap<string, TimesData>;
  /** Error answers by their codes. */
  readonly errors: ReadonlyMap<string, number>;
  readonly present: PresentFigures;
  /** Of all lanes the most. */
  readonly peaks: Readonly<Record<"inputBytes" | "outputBytes" | "sharedRssBytes", number>>;
  /** L1's; where workers have it in common, each tells of all of it. */
  readonly l1: Readonly<Record<"entries" | "bytes" | "bytesMax" | "expired" | "evicted", number>>;
}

type PresentFigures = Readonly<
  Record<
    | "connections"
    | "paused"
    | "tracking"
    | "subscribed"
    | "watching"
    | "watchedKeys"
    | "rejected"
    | "opsPerSecond"
    | "channels"
    | "patterns"
    | "trackedKeys"
    | "rssBytes"
    | "rssBytesMax"
    | "userCpuUs"
    | "systemCpuUs",
    number
  >
>;

export const LANE_FIGURES: LaneOperation<null, LaneFigures> = {
  name: "info",
  run(services) {
    const { monitoring } = services;
    const { totals, commands } = since(monitoring.base, figuresOf(services));
    const { entries, bytes, bytesMax } = services.store.engine.stats();
    const times = new Map<string, TimesData>();
    for (const { command, times: measured } of services.commands.values()) {
      if (measured !== undefined) times.set(command.name, { ...measured });
    }
    return {
      totals,
      commands: calledOf(commands),
      times,
      errors: monitoring.errors,
      present: presentOf(services),
      peaks: peaksOf(services),
      l1: { entries, bytes, bytesMax, expired: totals.expired, evicted: totals.evicted },
    };
  },
};

/** Those that were called, or refused, by their names. */
function calledOf(commands: Figures["commands"]): ReadonlyMap<string, CommandFigures> {
  const called = new Map<string, CommandFigures>();
  for (const [{ command }, figures] of commands) {
    if (figures.calls + figures.failed + figures.rejected > 0) called.set(command.name, figures);
  }
  return called;
}

/** Workers without Redis have one L1 in common. */
export function hasCommonL1({ options }: Services): boolean {
  return options.otherWorkers?.shareL1 === true;
}

function presentOf(services: Services): PresentFigures {
  const { connections, pause, options, monitoring } = services;
  const all = [...connections.values()];
  const { user, system } = process.cpuUsage();
  const isCommon = hasCommonL1(services);
  const rssBytes = ownRssBytes(isCommon);
  return {
    connections: all.length,
    paused: pause.waiting,
    tracking: all.filter(({ tracking }) => tracking.isOn).length,
    subscribed: all.filter(({ subscriptions }) => subscriptions.count > 0).length,
    watching: all.filter(({ transaction }) => transaction.watched.size > 0).length,
    watchedKeys: all.reduce((sum, { transaction }) => sum + transaction.watched.size, 0),
    rejected: options.connections.cuts.get("full") ?? 0,
    opsPerSecond: monitoring.opsPerSecond,
    channels: [...options.channels.names].length,
    patterns: options.channels.patterns.size,
    trackedKeys: options.tracker.tracked,
    rssBytes,
    // The operating system's has in it what the processes have in common.
    rssBytesMax: isCommon ? rssBytes : Math.max(rssBytes, process.resourceUsage().maxRSS * 1_024),
    userCpuUs: user,
    systemCpuUs: system,
  };
}

function peaksOf(services: Services): LaneFigures["peaks"] {
  const peaks = { inputBytes: 0, outputBytes: 0, sharedRssBytes: 0 };
  for (const { heldBytes, waitingBytes } of services.connections.values()) {
    peaks.inputBytes = Math.max(peaks.inputBytes, heldBytes);
    peaks.outputBytes = Math.max(peaks.outputBytes, waitingBytes);
  }
  if (hasCommonL1(services)) peaks.sharedRssBytes = sharedRssBytes();
  return peaks;
}

/** How long commands took in several lanes, by their names. */
export function timesTogether(all: readonly LaneFigures[]): ReadonlyMap<string, TimesData> {
  const byName = new Map<string, CommandTimes>();
  for (const { times } of all) {
    for (const [name, measured] of times) {
      const sum = byName.get(name) ?? new CommandTimes();
      sum.add(measured);
      byName.set(name, sum);
    }
  }
  return byName;
}

/** Of several lanes, one's own first; `isCommon`: their L1 is one. */
export function together(all: readonly LaneFigures[], isCommon: boolean): LaneFigures {
  const [own] = all as readonly [LaneFigures];
  if (all.length === 1) return own;
  return {
    totals: summed(all.map(({ totals }) => totals)),
    commands: merged(
      all.map(({ commands }) => commands),
      (figures) => summed(figures),
    ),
    times: timesTogether(all),
    errors: merged(
      all.map(({ errors }) => errors),
      (counts) => counts.reduce((sum, count) => sum + count, 0),
    ),
    present: summed(all.map(({ present }) => present)),
    peaks: combined(
      all.map(({ peaks }) => peaks),
      Math.max,
    ),
    l1: isCommon ? own.l1 : summed(all.map(({ l1 }) => l1)),
  };
}

/** What several maps have under each name, as one. */
function merged<Value>(
  maps: readonly ReadonlyMap<string, Value>[],
  combine: (values: readonly Value[]) => Value,
): ReadonlyMap<string, Value> {
  const byName = new Map<string, Value[]>();
  for (const map of maps) {
    for (const [name, value] of map) {
      const values = byName.get(name);
      if (values === undefined) byName.set(name, [value]);
      else values.push(value);
    }
  }
  return new Map([...byName].map(([name, values]) => [name, combine(values)]));
}

function summed<Numbers extends object>(all: readonly Numbers[]): Numbers {
  return combined(all, (a, b) => a + b);
}

/** Records of numbers as one, figure by figure. */
function combined<Numbers extends object>(
  all: readonly Numbers[],
  combine: (a: number, b: number) => number,
): Numbers {
  const [first, ...others] = all.map((figures) => ({ ...figures }) as Record<string, number>);
  for (const figures of others) {
    for (const [name, value] of Object.entries(figures)) first![name] = combine(first![name]!, value);
  }
  return first as Numbers;
}
