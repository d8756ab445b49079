// What /stats says, and what two answers of it say of the time between them: rates and quantiles.

type Bucket = readonly [middleNs: number, count: number];

export interface Lane {
  readonly count: number;
  readonly meanUs: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly buckets: readonly Bucket[];
}

/** GET /stats?buckets. */
export interface Stats {
  readonly instance: string;
  /** The server's time of day: answers may be late, what they count is not. */
  readonly wallMs: number;
  readonly uptimeSeconds: number;
  readonly l1: {
    readonly entries: number;
    readonly bytes: number;
    readonly bytesMax: number;
    readonly hits: number;
    readonly misses: number;
    readonly hitRate: number;
    readonly evictions: number;
  };
  readonly l2: {
    readonly state: string;
    readonly hits: number;
    readonly misses: number;
    readonly errors: number;
  };
  readonly latency: { readonly fast: Lane; readonly cold: Lane };
  readonly coherence: {
    readonly state: string;
    readonly sent: number;
    readonly received: number;
    readonly selfSkipped: number;
    readonly gaps: number;
    readonly lagMsP99: number;
  };
  readonly rssBytes: number;
}

/** Of the requests between two answers, in µs; `null` where there was none. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** What happened since the answer before; rates are per second. */
export interface Change {
  readonly fastRate: number;
  readonly coldRate: number;
  readonly hitRate: number | null;
  readonly hitsRate: number;
  readonly missesRate: number;
  readonly evictionsRate: number;
  readonly fast: Quantiles;
  readonly cold: Quantiles;
}

/** One moment of the charts. Without `stats` it is a gap: nothing is known of that time. */
export interface Sample {
  /** Seconds since 1970, by the reader's clock. */
  readonly at: number;
  readonly stats: Stats | null;
  /** `null` for the first answer of an instance, and after its restart. */
  readonly change: Change | null;
}

/** Behind a load balancer answers come from several instances: each is compared with its own last one. */
const INSTANCES_MAX = 64;

export class Sampler {
  readonly #last = new Map<string, Stats>();

  /** `at`: see Sample. */
  sample(stats: Stats, at: number): Sample {
    const before = this.#last.get(stats.instance);
    if (this.#last.size >= INSTANCES_MAX) this.#last.clear();
    this.#last.set(stats.instance, stats);
    const comparable = before !== undefined && stats.wallMs > before.wallMs && !hasRestarted(before, stats);
    return { at, stats, change: comparable ? changeOf(before, stats) : null };
  }
}

function hasRestarted(before: Stats, after: Stats): boolean {
  return (
    after.latency.fast.count < before.latency.fast.count ||
    after.latency.cold.count < before.latency.cold.count ||
    after.l1.hits < before.l1.hits
  );
}

function changeOf(a: Stats, b: Stats): Change {
  const seconds = (b.wallMs - a.wallMs) / 1_000;
  const hits = b.l1.hits - a.l1.hits;
  const misses = b.l1.misses - a.l1.misses;
  return {
    fastRate: (b.latency.fast.count - a.latency.fast.count) / seconds,
    coldRate: (b.latency.cold.count - a.latency.cold.count) / seconds,
    hitRate: hits + misses > 0 ? hits / (hits + misses) : null,
    hitsRate: hits / seconds,
    missesRate: misses / seconds,
    evictionsRate: (b.l1.evictions - a.l1.evictions) / seconds,
    fast: quantilesBetween(a.latency.fast.buckets, b.latency.fast.buckets),
    cold: quantilesBetween(a.latency.cold.buckets, b.latency.cold.buckets),
  };
}

/** Quantiles, in µs, of what the histogram `after` holds more than `before`. */
export function quantilesBetween(before: readonly Bucket[], after: readonly Bucket[]): Quantiles {
  const counted = new Map(before);
  const grown: Bucket[] = [];
  let total = 0;
  for (const [ns, count] of after) {
    const more = count - (counted.get(ns) ?? 0);
    if (more <= 0) continue;
    grown.push([ns, more]);
    total += more;
  }
  const quantile = (q: number): number | null => {
    let left = Math.ceil(total * q);
    for (const [ns, count] of grown) {
      left -= count;
      if (left <= 0) return ns / 1_000;
    }
    return null;
  };
  return { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) };
}
