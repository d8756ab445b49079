// The server's own latency histogram over a stretch of time: what its buckets gained between two looks.

/** Pairs of a bucket's middle in ns and its count, as `/stats?buckets` gives them, with the sum of all in ns. */
export interface BucketCounts {
  readonly sumNs: number;
  readonly buckets: readonly (readonly [middleNs: number, count: number])[];
}

export interface OwnLatency {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

export function between(before: BucketCounts, after: BucketCounts): OwnLatency {
  const earlier = new Map(before.buckets.map(([ns, count]) => [ns, count]));
  const gained = after.buckets.map(([ns, count]) => [ns, count - (earlier.get(ns) ?? 0)] as const);
  const count = gained.reduce((sum, [, n]) => sum + n, 0);
  const quantileUs = (q: number) => {
    let rank = Math.ceil(count * q);
    for (const [ns, n] of gained) {
      rank -= n;
      if (rank <= 0) return ns / 1_000;
    }
    return 0;
  };
  return {
    count,
    meanUs: count === 0 ? 0 : (after.sumNs - before.sumNs) / count / 1_000,
    p50Us: quantileUs(0.5),
    p90Us: quantileUs(0.9),
    p99Us: quantileUs(0.99),
    p999Us: quantileUs(0.999),
  };
}
