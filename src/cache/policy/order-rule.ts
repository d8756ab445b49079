// The rules that a cache order can follow. No code here.

/**
 * How newcomers are sifted.
 * - `ghosts`: S3-FIFO. What was read in the window stays, what comes back as a ghost goes to main at once.
 * - `duel`: W-TinyLFU. The window is LRU; its oldest enters main if the sketch knows it better than main's oldest.
 * - `recency`: LRU. All is window.
 *
 * What an entry is worth, in reads, is 1, or more if it is smaller than `unit` mean weights: keeping it costs less. Its
 * reads count as much each: when it is sifted, and in the number of rounds for which it is put into main.
 */
export interface OrderRule {
  readonly kind: "ghosts" | "duel" | "recency";
  /** The window's share of the capacity. */
  readonly windowShare: number;
  /** `ghosts`: the reads, the write included, that an entry of worth 1 needs to stay. */
  readonly readsToStay: number;
  /** In main all reads count that an entry ever had there, up to 15, not only those since it was last put in, up to 3. */
  readonly remembers: boolean;
  /** 0: the weight does not matter. */
  readonly unit: number;
  /** Worth is how many times smaller an entry is, to this power. */
  readonly power: number;
  /** The worth of the largest. */
  readonly worthMin: number;
}
