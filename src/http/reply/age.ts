// How old an answer says that its value is, and how long it stays fresh, for caches on the way to the client (RFC 9111
// §5.1, RFC 9211 §2.4). Hot in part.

import { lifetimeOf } from "../request/cache-control.ts";
import type { HitStatus } from "./fields.ts";

/**
 * Seconds from the write of a value to its expiry, where its own Cache-Control says for how long it is fresh. Only such
 * values have an age: others are asked for anew each time.
 */
export function lifetimeSecondsOf(cacheControl: string | undefined): number | undefined {
  return cacheControl === undefined ? undefined : lifetimeOf(cacheControl);
}

/** Sets Age and the ttl of Cache-Status for a value with a lifetime, which expires `remainingMs` from now. Hot. */
export function setAge(
  headers: Headers,
  status: HitStatus,
  lifetimeSeconds: number,
  remainingMs: number,
): void {
  const leftSeconds = Math.max(0, Math.ceil(remainingMs / 1_000));
  headers.set("Age", String(Math.max(0, Math.floor(lifetimeSeconds - remainingMs / 1_000))));
  headers.set("Cache-Status", `${status}; ttl=${leftSeconds}`);
}

/** Milliseconds for which what setAge says holds. */
export function ageHoldsMs(lifetimeSeconds: number, remainingMs: number): number {
  const toNextTtl = remainingMs - (Math.ceil(remainingMs / 1_000) - 1) * 1_000;
  const toNextAge = 1_000 - ((lifetimeSeconds * 1_000 - remainingMs) % 1_000);
  return Math.min(toNextTtl, toNextAge);
}
