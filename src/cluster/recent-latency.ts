// The latency of late: the difference between a histogram now and at the last look.

import { Histogram, type HistogramState } from "../observe/histogram.ts";

export class RecentLatency {
  #last: Float64Array | undefined;

  /** The 99th percentile since the last call, in µs; 0 where nothing happened. `parts` are added up. */
  p99Us(parts: readonly HistogramState[]): number {
    const whole = new Histogram();
    for (const part of parts) whole.add(part);
    const { counts, sumNs, maxNs } = whole.state;
    const last = this.#last;
    this.#last = counts;
    const recent = new Histogram();
    // A worker that was replaced takes its counts with it.
    const grown = last === undefined ? counts : counts.map((count, i) => Math.max(0, count - last[i]!));
    recent.add({ counts: grown, sumNs, maxNs });
    return recent.quantileNs(0.99) / 1_000;
  }
}
