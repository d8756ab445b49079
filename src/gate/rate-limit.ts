// Token buckets, one for each API key's name: writes and misses past the rate are refused. Cold.

import type { ApiKey } from "../auth/api-key.ts";
import { CacheeError } from "../base/errors.ts";
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

  /** Takes `count` tokens for `key`. Throws `rate_limited` when none is left; a large take may go into debt. */
  take(key: ApiKey, count: number, nowMs: number): void {
    const perSecond = this.#perSecond;
    if (perSecond === undefined || count === 0) return;
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
      return;
    }
    this.#traffic.rateLimited += 1;
    const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    throw new CacheeError("rate_limited", `More than ${perSecond} writes and misses a second.`, {
      "Retry-After": String(seconds),
    });
  }
}
