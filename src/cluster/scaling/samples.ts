// What the scaling policy remembers: how many instances the load needed, sample by sample, over a bounded window.

/** The whole fleet's load at one moment, put as a need for instances. */
export interface NeedSample {
  readonly atMs: number;
  /** Instances that would carry the load exactly at the targets; a fraction. */
  readonly need: number;
}

/** More samples than the longest window holds at the fastest heartbeat are thinned out from the old end. */
const SAMPLES_MAX = 8_192;

export class NeedWindow {
  readonly #windowMs: number;
  readonly #gapMsMax: number;
  #samples: NeedSample[] = [];

  /** After a gap in the samples of more than `gapMsMax` what came before it no longer counts. */
  constructor(windowMs: number, gapMsMax: number) {
    this.#windowMs = windowMs;
    this.#gapMsMax = gapMsMax;
  }

  add(sample: NeedSample): void {
    const last = this.#samples.at(-1);
    const isBroken =
      last !== undefined && (sample.atMs <= last.atMs || sample.atMs - last.atMs > this.#gapMsMax);
    if (isBroken) this.#samples = [];
    this.#samples.push(sample);
    const first = this.#samples.findIndex(({ atMs }) => atMs >= sample.atMs - this.#windowMs);
    const surplus = this.#samples.length - SAMPLES_MAX;
    if (first > 0 || surplus > 0) this.#samples.splice(0, Math.max(first, surplus));
  }

  /** For how long, without a gap, there have been samples. */
  get coveredMs(): number {
    return this.#samples.length === 0 ? 0 : this.#samples.at(-1)!.atMs - this.#samples[0]!.atMs;
  }

  /** The highest need of the last `ms`. */
  highest(ms: number): number {
    return this.#over(ms, Math.max, 0);
  }

  /** The lowest need of the last `ms`. */
  lowest(ms: number): number {
    return this.#over(ms, Math.min, Number.POSITIVE_INFINITY);
  }

  #over(ms: number, pick: (a: number, b: number) => number, seed: number): number {
    let result = seed;
    const sinceMs = (this.#samples.at(-1)?.atMs ?? 0) - ms;
    for (let i = this.#samples.length - 1; i >= 0; i--) {
      const sample = this.#samples[i]!;
      if (sample.atMs < sinceMs) break;
      result = pick(result, sample.need);
    }
    return result;
  }
}
