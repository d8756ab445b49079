// Recent latency: what a histogram gained since it was last read.

import { Histogram } from "../observe/histogram.ts";

export class RecentLatency {
  #last = new Histogram();

  /** The 99th percentile since the last call, in µs; 0 where nothing happened. `whole` is kept until the next call. */
  p99Us(whole: Histogram): number {
    const recent = whole.since(this.#last);
    this.#last = whole;
    return recent.quantileNs(0.99) / 1_000;
  }
}
