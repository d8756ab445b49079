// Rights to fill missing keys, each held for LEASE_MS under a token. Pure.

import { LEASE_MS, LEASES_MAX } from "../base/limits.ts";

interface Lease {
  readonly token: string;
  readonly untilMs: number;
}

export class Leases {
  /** In the order in which they end. */
  readonly #byKey = new Map<string, Lease>();

  /** Whether `token` has the right to fill `key` now: nobody else had it. */
  take(key: string, token: string, nowMs: number): boolean {
    const held = this.#byKey.get(key);
    if (held !== undefined && held.untilMs > nowMs) return false;
    for (const [other, { untilMs }] of this.#byKey) {
      if (untilMs > nowMs && this.#byKey.size < LEASES_MAX) break;
      this.#byKey.delete(other);
    }
    this.#byKey.delete(key);
    this.#byKey.set(key, { token, untilMs: nowMs + LEASE_MS });
    return true;
  }

  isHeld(key: string, token: string, nowMs: number): boolean {
    const held = this.#byKey.get(key);
    return held !== undefined && held.token === token && held.untilMs > nowMs;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  drop(key: string): void {
    if (this.#byKey.size > 0) this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}
