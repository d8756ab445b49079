// Token buckets, one for each API key's name: writes and misses past the rate are refused. Cold.

import type { ApiKey } from "../auth/api-key.ts";
import type { Traffic } from "../observe/traffic.ts";

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

export class RateLimit {
  readonly #perSecond: number | undefined;
  readonly #traffic: Traffic;
  readonly #buckets = new Map<string, Bucket>();

  /** `perSecond` tokens flow into each bucket, which holds one second's worth; `undefined`: no limit. */
  constructor(perSecond: number | undefined, traffic: Traffic) {
    this.#perSecond = perSecond;
    this.#traffic = traffic;
  }

  /** There is no limit, so nothing need be taken. */
  get isOff(): boolean {
    return this.#perSecond === undefined;
  }

  /** The sentence for whoever is refused. */
  get detail(): string {
    return `More than ${this.#perSecond} writes and misses a second.`;
  }

  /**
   * Takes `count` tokens for `key`, into debt where the bucket holds fewer, but one; 0: they are taken. Where it holds
   * none nothing is taken: the seconds until it does, at least 1.
   */
  take(key: ApiKey, count: number, nowMs: number): number {
    const perSecond = this.#perSecond;
    if (perSecond === undefined || count === 0) return 0;
    let bucket = this.#buckets.get(key.name);
    if (bucket === undefined) {
      bucket = { tokens: perSecond, filledAtMs: nowMs };
      this.#buckets.set(key.name, bucket);
    }
    const gained = ((nowMs - bucket.filledAtMs) / 1_000) * perSecond;
    bucket.tokens = Math.min(perSecond, bucket.tokens + gained);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens -= count;
      return 0;
    }
    this.#traffic.counts.rateLimited += 1;
    return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
  }

  /** Gives `count` tokens back to `key` that were taken for what then was no miss. */
  giveBack(key: ApiKey, count: number): void {
    const bucket = this.#buckets.get(key.name);
    if (bucket !== undefined) bucket.tokens = Math.min(this.#perSecond ?? 0, bucket.tokens + count);
  }
}
