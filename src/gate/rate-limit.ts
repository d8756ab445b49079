// Token buckets, one for each API key's name: writes and misses past the rate are refused. Cold.
//
// Each worker of an instance has buckets of its own, that fill at the whole rate and hold its share of a second's worth;
// a few times a second each takes out of them what clients have taken elsewhere. So a client on one connection has the
// whole rate, and clients on all of them together have no more.

import type { ApiKey } from "../auth/api-key.ts";
import type { Traffic } from "../observe/traffic.ts";

interface Bucket {
  tokens: number;
  filledAtMs: number;
  /** Taken here since the other workers were told. */
  untold: number;
}

export class RateLimit {
  readonly #perSecond: number | undefined;
  readonly #tokensMax: number;
  readonly #traffic: Traffic;
  readonly #buckets = new Map<string, Bucket>();

  /** `perSecond` tokens flow into each bucket; `undefined`: no limit. `workers`: how many have buckets, this one too. */
  constructor(perSecond: number | undefined, traffic: Traffic, workers = 1) {
    this.#perSecond = perSecond;
    this.#tokensMax = Math.max(1, (perSecond ?? 0) / workers);
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
    const bucket = this.#filled(key.name, perSecond, nowMs);
    if (bucket.tokens >= 1) {
      bucket.tokens -= count;
      bucket.untold += count;
      return 0;
    }
    this.#traffic.counts.rateLimited += 1;
    return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
  }

  /** Gives `count` tokens back to `key` that were taken for what then was no miss. */
  giveBack(key: ApiKey, count: number): void {
    const bucket = this.#buckets.get(key.name);
    if (bucket === undefined) return;
    bucket.tokens = Math.min(this.#tokensMax, bucket.tokens + count);
    bucket.untold -= count;
  }

  /** What was taken here since the last call, by the API keys' names; nothing where that is none. */
  spent(): ReadonlyMap<string, number> | undefined {
    let spent: Map<string, number> | undefined;
    for (const [name, bucket] of this.#buckets) {
      if (bucket.untold === 0) continue;
      spent ??= new Map();
      spent.set(name, bucket.untold);
      bucket.untold = 0;
    }
    return spent;
  }

  /** Takes out what was `spent` in another worker. */
  spendElsewhere(spent: ReadonlyMap<string, number>, nowMs: number): void {
    const perSecond = this.#perSecond;
    if (perSecond === undefined) return;
    for (const [name, count] of spent) {
      const bucket = this.#filled(name, perSecond, nowMs);
      bucket.tokens = Math.min(this.#tokensMax, bucket.tokens - count);
    }
  }

  /** The bucket of `name` with what has flown into it until now. */
  #filled(name: string, perSecond: number, nowMs: number): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: this.#tokensMax, filledAtMs: nowMs, untold: 0 };
      this.#buckets.set(name, bucket);
    }
    const gained = ((nowMs - bucket.filledAtMs) / 1_000) * perSecond;
    bucket.tokens = Math.min(this.#tokensMax, bucket.tokens + gained);
    bucket.filledAtMs = nowMs;
    return bucket;
  }
}
