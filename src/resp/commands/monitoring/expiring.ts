// How many of the entries expire, and when on average: looked up where they are few, else estimated by some. Cold.

import type { Engine } from "../../../cache/engine.ts";

/** Entries of a memory that is looked through, and those looked at of a larger one. */
const LOOKED_MAX = 512;

export interface Expiring {
  /** The share of entries that expire. */
  readonly share: number;
  /** Ms for which they are still there, on average. */
  readonly meanTtlMs: number;
}

export function expiringIn(engine: Engine<unknown>, nowMs: number): Expiring {
  let seen = 0;
  let expiring = 0;
  let ttlMs = 0;
  const look = (expiresAtMs: number): void => {
    seen += 1;
    if (expiresAtMs === Number.POSITIVE_INFINITY) return;
    expiring += 1;
    ttlMs += Math.max(0, expiresAtMs - nowMs);
  };
  if (engine.stats().entries <= LOOKED_MAX) {
    let cursor = 0;
    do cursor = engine.scan(cursor, LOOKED_MAX, nowMs, (entry) => look(entry.expiresAtMs));
    while (cursor !== 0);
  } else {
    for (let i = 0; i < LOOKED_MAX; i++) {
      const key = engine.randomKey(nowMs);
      const entry = key === undefined ? undefined : engine.peek(key, nowMs);
      if (entry !== undefined) look(entry.expiresAtMs);
    }
  }
  return {
    share: seen === 0 ? 0 : expiring / seen,
    meanTtlMs: expiring === 0 ? 0 : Math.round(ttlMs / expiring),
  };
}
