// Turns summed up as tables: medians over the rounds, ratios taken inside each round.

import { median } from "./median.ts";
import type { OwnLatency } from "./own-latency.ts";
import { tableOf, type Cell } from "./table.ts";
import type { Turn } from "./turn.ts";

/** Above this share of a core the generator may have been the limit. */
const SATURATED_SHARE = 0.9;

/** Medians over the rounds; each ratio is taken inside its round, against the target `baseName` where that ran. */
export function summary(turns: readonly Turn[], baseName: string): string {
  const names = [...new Set(turns.map((turn) => turn.target))];
  const base = new Map(turns.filter((turn) => turn.target === baseName).map((turn) => [turn.round, turn]));
  const rows = names.map((name): Cell[] => {
    const own = turns.filter((turn) => turn.target === name);
    const over = (of: (turn: Turn) => number) => median(own.map(of));
    const ratio = (of: (turn: Turn) => number) =>
      over(
        (turn) => of(turn) / (base.get(turn.round) === undefined ? Number.NaN : of(base.get(turn.round)!)),
      );
    const share = over((turn) => turn.generatorShare);
    return [
      name,
      over((turn) => turn.requestsASecond),
      over((turn) => turn.p50Us),
      over((turn) => turn.p99Us),
      over((turn) => turn.cpuUs),
      ratio((turn) => turn.cpuUs),
      ratio((turn) => turn.requestsASecond),
      `${Math.round(over((turn) => turn.serverShare) * 100)} %`,
      `${Math.round(share * 100)} %${share > SATURATED_SHARE ? " saturated" : ""}`,
      own.reduce((sum, turn) => sum + turn.failures, 0).toFixed(0),
    ];
  });
  const head = [
    "target",
    "req/s",
    "p50 us",
    "p99 us",
    "CPU us/req",
    `CPU / ${baseName}`,
    `req/s / ${baseName}`,
  ];
  return tableOf([...head, "server busy", "load busy", "failed"], rows);
}

export function ownSummary(turns: readonly Turn[]): string {
  const names = [...new Set(turns.filter((turn) => turn.own).map((turn) => turn.target))];
  const rows = names.map((name): Cell[] => {
    const own = turns.flatMap((turn) => (turn.target === name && turn.own ? [turn.own] : []));
    const over = (of: (latency: OwnLatency) => number) => median(own.map(of));
    return [
      name,
      own.reduce((sum, latency) => sum + latency.count, 0),
      over((latency) => latency.meanUs),
      over((latency) => latency.p50Us),
      over((latency) => latency.p90Us),
      over((latency) => latency.p99Us),
      over((latency) => latency.p999Us),
    ];
  });
  return tableOf(["own histogram", "answers", "mean us", "p50 us", "p90 us", "p99 us", "p99.9 us"], rows);
}
