// A latency histogram: log-linear buckets over nanoseconds, at most 3.2 % wide, so quantiles err by less. Hot.

/** Each power of two is split into this many buckets: half a bucket is 1/64 of its value at the most. */
const SPLIT_BITS = 5;
const SPLIT = 1 << SPLIT_BITS;
/** The largest power of two that is told apart: 2^36 ns is 68 s. */
const POWERS = 37;
const BUCKETS = (POWERS - SPLIT_BITS + 1) * SPLIT;

export interface LatencySummary {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** A histogram as plain data: what can be sent to another process and added up there. A copy, not a view. */
export interface HistogramState {
  /** Pairs of a bucket's index and its count, for the buckets that hold anything, from low to high. */
  readonly pairs: Float64Array;
  readonly sumNs: number;
  readonly maxNs: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #sumNs = 0;
  #maxNs = 0;

  /** `times` observations of `ns`. */
  record(ns: number, times = 1): void {
    this.#counts[bucketOf(ns)]! += times;
    this.#sumNs += ns * times;
    if (ns > this.#maxNs) this.#maxNs = ns;
  }

  /** A new histogram of what `states` hold together. */
  static of(states: Iterable<HistogramState>): Histogram {
    const histogram = new Histogram();
    for (const state of states) histogram.add(state);
    return histogram;
  }

  get state(): HistogramState {
    const pairs: number[] = [];
    for (let i = 0; i < BUCKETS; i++) if (this.#counts[i]! > 0) pairs.push(i, this.#counts[i]!);
    return { pairs: new Float64Array(pairs), sumNs: this.#sumNs, maxNs: this.#maxNs };
  }

  add({ pairs, sumNs, maxNs }: HistogramState): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const bucket = pairs[i]!;
      if (bucket < BUCKETS) this.#counts[bucket]! += pairs[i + 1]!;
    }
    this.#sumNs += sumNs;
    this.#maxNs = Math.max(this.#maxNs, maxNs);
  }

  /** What this one holds more than `before`, bucket by bucket; its largest value is at most this one's. */
  since(before: Histogram): Histogram {
    const grown = new Histogram();
    for (let i = 0; i < BUCKETS; i++) grown.#counts[i] = Math.max(0, this.#counts[i]! - before.#counts[i]!);
    grown.#sumNs = Math.max(0, this.#sumNs - before.#sumNs);
    grown.#maxNs = this.#maxNs;
    return grown;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get sumNs(): number {
    return this.#sumNs;
  }

  /** Observations below `ns`, which must be a power of two: those are bucket borders, so this is exact. */
  countBelow(ns: number): number {
    const border = bucketOf(ns);
    let count = 0;
    for (let i = 0; i < border; i++) count += this.#counts[i]!;
    return count;
  }

  /** The value below which a share `q` in (0, 1] of observations lie, in ns; 0 without any. */
  quantileNs(q: number): number {
    const rank = Math.ceil(this.count * q);
    if (rank === 0) return 0;
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i]!;
      if (seen >= rank) return Math.min(middleOf(i), this.#maxNs);
    }
    return this.#maxNs;
  }

  /** The buckets that hold anything, from low to high: a bucket's middle in ns, and its count. */
  buckets(): [middleNs: number, count: number][] {
    const buckets: [number, number][] = [];
    for (let i = 0; i < BUCKETS; i++) if (this.#counts[i]! > 0) buckets.push([middleOf(i), this.#counts[i]!]);
    return buckets;
  }

  summary(): LatencySummary {
    const count = this.count;
    const us = (ns: number) => Math.round(ns) / 1_000;
    return {
      count,
      meanUs: count === 0 ? 0 : us(this.#sumNs / count),
      p50Us: us(this.quantileNs(0.5)),
      p90Us: us(this.quantileNs(0.9)),
      p99Us: us(this.quantileNs(0.99)),
      p999Us: us(this.quantileNs(0.999)),
      maxUs: us(this.#maxNs),
    };
  }
}

/** Index of the bucket that holds `ns`; negative values count as 0, those beyond the top in the last. */
function bucketOf(ns: number): number {
  if (ns < SPLIT) return ns > 0 ? ns | 0 : 0;
  if (ns < 2_147_483_648) {
    const value = ns | 0;
    const power = 31 - Math.clz32(value);
    return ((power - SPLIT_BITS + 1) << SPLIT_BITS) + ((value >>> (power - SPLIT_BITS)) & (SPLIT - 1));
  }
  const power = Math.floor(Math.log2(ns));
  if (power >= POWERS) return BUCKETS - 1;
  return (power - SPLIT_BITS + 1) * SPLIT + (Math.floor(ns / 2 ** (power - SPLIT_BITS)) % SPLIT);
}

/** The middle of bucket `index`, in ns. */
function middleOf(index: number): number {
  if (index < SPLIT) return index;
  const power = Math.floor(index / SPLIT) + SPLIT_BITS - 1;
  const width = 2 ** (power - SPLIT_BITS);
  return 2 ** power + (index % SPLIT) * width + width / 2;
}
