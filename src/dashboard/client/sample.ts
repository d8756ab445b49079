// What two answers of /stats say of the time between them: rates, and quantiles where there are samples enough.

import type { Latency, Stats } from "../../observe/stats.ts";

type Buckets = NonNullable<Latency["buckets"]>;

/** In µs; `null` where there were too few samples to tell. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** What happened since the answer before; counts are per second. */
export interface Change {
  /** Requests and commands that were answered. */
  readonly requests: number;
  readonly lanes: Readonly<Record<string, { readonly rate: number; readonly quantiles: Quantiles }>>;
  /** Answers by status: HTTP's numbers, and `ok` and `error` of the other lanes. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Refusals by error code, those with a status of 4xx too. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number | null;
  /** Entries that left L1, by reason. */
  readonly evictions: Readonly<Record<string, number>>;
  readonly l2: { readonly rate: number; readonly errors: number; readonly quantiles: Quantiles };
  /** 99th percentile of how late the event loop came, in µs. */
  readonly loopDelay: number | null;
  /** Seconds of CPU time a second: 1 is a whole core. */
  readonly cpu: number;
}

/** What stood at the moment. */
export interface Level {
  readonly entries: number;
  readonly l1Bytes: number;
  readonly l1BytesMax: number;
  readonly rssBytes: number;
  readonly inFlightBytes: number;
  /** `off`, `up` or `down`. */
  readonly l2: string;
  /** `embedded`, `proven` or `unproven`. */
  readonly coherence: string;
  /** How many processes are in each state. */
  readonly processes: Readonly<Record<string, number>>;
}

/** One moment of the charts. Without `level` it is a gap: nothing is known of that time. */
export interface Sample {
  /** Seconds since 1970, by the reader's clock. */
  readonly at: number;
  /** The answer itself; `null` in what the server has kept of the last hour. */
  readonly stats: Stats | null;
  readonly level: Level | null;
  /** `null` for the first answer of an instance, and after its restart. */
  readonly change: Change | null;
}

/** A sample as the server keeps it: without the answer that it was made of. */
export type HistoryPoint = Omit<Sample, "stats">;

/** Behind a load balancer answers come from several instances: each is compared with its own last ones. */
const INSTANCES_MAX = 64;
/** Quantiles are those of so many seconds: a single one has too few samples. */
const QUANTILE_SECONDS = 10;
const ANSWERS_MAX = 12;

export class Sampler {
  /** Each instance's last answers, the oldest first. */
  readonly #answers = new Map<string, Stats[]>();

  /** `at`: see Sample. */
  sample(stats: Stats, at: number): Sample {
    if (this.#answers.size >= INSTANCES_MAX) this.#answers.clear();
    const answers = this.#answers.get(stats.instance) ?? [];
    const last = answers.at(-1);
    const isComparable = last !== undefined && stats.wallMs > last.wallMs && !hasRestarted(last, stats);
    const kept = isComparable ? answers : [];
    while (kept.length > 1 && (kept.length >= ANSWERS_MAX || ageSeconds(kept[0]!, stats) > QUANTILE_SECONDS))
      kept.shift();
    const change = isComparable ? changeOf(kept.at(-1)!, stats, kept[0]!) : null;
    this.#answers.set(stats.instance, [...kept, stats]);
    return { at, stats, level: levelOf(stats), change };
  }
}

function levelOf({ l1, l2, coherence, inFlight, rssBytes, processes }: Stats): Level {
  return {
    entries: l1.entries,
    l1Bytes: l1.bytes,
    l1BytesMax: l1.bytesMax,
    rssBytes,
    inFlightBytes: inFlight.bytes,
    l2: l2.state,
    coherence: coherence.state,
    processes,
  };
}

const ageSeconds = (older: Stats, newer: Stats) => (newer.wallMs - older.wallMs) / 1_000;

function hasRestarted(before: Stats, after: Stats): boolean {
  return after.l1.hits < before.l1.hits || sumOf(after.requests) < sumOf(before.requests);
}

const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** From `a` to `b`; the quantiles are those since `c`, which is `a` or before it. */
function changeOf(a: Stats, b: Stats, c: Stats): Change {
  const seconds = ageSeconds(a, b);
  const rates = (pick: (stats: Stats) => Readonly<Record<string, number>>) => {
    const [before, after] = [pick(a), pick(b)];
    const names = Object.keys(after);
    return Object.fromEntries(names.map((name) => [name, (after[name]! - (before[name] ?? 0)) / seconds]));
  };
  const rate = (pick: (stats: Stats) => number) => (pick(b) - pick(a)) / seconds;
  const statuses = rates(({ requests }) => requests);
  const hits = rate(({ l1 }) => l1.hits);
  const misses = rate(({ l1 }) => l1.misses);
  const lanes = Object.keys(b.latency).map((lane) => {
    const quantiles = quantilesBetween([c.latency[lane]], [b.latency[lane]]);
    return [lane, { rate: rate(({ latency }) => latency[lane]?.count ?? 0), quantiles }] as const;
  });
  return {
    requests: sumOf(statuses),
    lanes: Object.fromEntries(lanes),
    statuses,
    refusals: rates(({ refusals }) => refusals),
    hits,
    misses,
    hitRate: hits + misses > 0 ? hits / (hits + misses) : null,
    evictions: rates(({ l1 }) => l1.evictionsByReason),
    l2: {
      rate: rate(({ l2 }) => Object.values(l2.latency).reduce((sum, { count }) => sum + count, 0)),
      errors: rate(({ l2 }) => l2.errors),
      quantiles: quantilesBetween(Object.values(c.l2.latency), Object.values(b.l2.latency)),
    },
    loopDelay: quantilesBetween([c.eventLoopDelay], [b.eventLoopDelay]).p99,
    cpu: rate(({ cpuSeconds }) => cpuSeconds),
  };
}

/** Quantiles of what the histograms `after` hold more than those of `before`, all of them together. */
function quantilesBetween(
  before: readonly (Latency | undefined)[],
  after: readonly (Latency | undefined)[],
): Quantiles {
  const counts = new Map<number, number>();
  const addAll = (latencies: readonly (Latency | undefined)[], sign: number) => {
    for (const [ns, count] of latencies.flatMap((latency): Buckets => latency?.buckets ?? []))
      counts.set(ns, (counts.get(ns) ?? 0) + sign * count);
  };
  addAll(after, 1);
  addAll(before, -1);
  const grown = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = grown.reduce((sum, [, count]) => sum + count, 0);
  const quantile = (q: number): number | null => {
    // Of fewer the quantile would be the largest of them, by chance.
    if (total * (1 - q) < 1) return null;
    let left = Math.ceil(total * q);
    for (const [ns, count] of grown) {
      left -= count;
      if (left <= 0) return ns / 1_000;
    }
    return null;
  };
  return { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) };
}
