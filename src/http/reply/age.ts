// How old an answer says that its value is, for caches on the way to the client (RFC 9111 §5.1). Hot in part.

import { lifetimeOf } from "../request/cache-control.ts";

/**
 * Seconds from the write of a value to its expiry, where its own Cache-Control says for how long it is fresh. Only such
 * values have an age: others are asked for anew each time.
 */
export function lifetimeSecondsOf(cacheControl: string | undefined): number | undefined {
  return cacheControl === undefined ? undefined : lifetimeOf(cacheControl);
}

/** The seconds since the write of a value with a lifetime, which expires `remainingMs` from now. Hot. */
export function ageOf(lifetimeSeconds: number, remainingMs: number): string {
  return String(Math.max(0, Math.floor(lifetimeSeconds - remainingMs / 1_000)));
}
