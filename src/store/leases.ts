// Rights to fill missing keys, each held for LEASE_MS under a token. Pure.
//
// A right is a read that began: it remembers where the sequence stood, to be held against what was invalidated since.

import { LEASE_MS, LEASES_MAX } from "../base/limits.ts";

interface Lease {
  readonly token: string;
  readonly untilMs: number;
  /** The sequence's number when it was given. */
  readonly n: number;
}

/** `held`: another has the right to fill the key. `full`: no more rights are given for now. */
export type LeaseAnswer = "granted" | "held" | "full";

export class Leases {
  /** In the order in which they were given, and so in which they end. */
  readonly #byKey = new Map<string, Lease>();

  /** Gives `token` the right to fill `key`, if nobody else has it. `n` never falls from one call to the next. */
  take(key: string, token: string, nowMs: number, n: number): LeaseAnswer {
    const held = this.#byKey.get(key);
    if (held !== undefined && held.untilMs > nowMs) return "held";
    this.#dropEnded(nowMs);
    if (this.#byKey.size >= LEASES_MAX) return "full";
    this.#byKey.set(key, { token, untilMs: nowMs + LEASE_MS, n });
    return "granted";
  }

  /** The sequence's number when `token` was given the right to fill `key`; nothing: it does not hold it. */
  nOf(key: string, token: string, nowMs: number): number | undefined {
    const held = this.#byKey.get(key);
    return held !== undefined && held.token === token && held.untilMs > nowMs ? held.n : undefined;
  }

  /** The number that the oldest right was given at; Infinity: none is held. */
  oldestN(nowMs: number): number {
    this.#dropEnded(nowMs);
    for (const { n } of this.#byKey.values()) return n;
    return Number.POSITIVE_INFINITY;
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

  #dropEnded(nowMs: number): void {
    for (const [key, { untilMs }] of this.#byKey) {
      if (untilMs > nowMs) return;
      this.#byKey.delete(key);
    }
  }
}
