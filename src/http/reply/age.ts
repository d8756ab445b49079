// How old an answer says that its value is, for caches on the way to the client (RFC 9111 §5.1). Hot in part.

import { freshnessOf } from "../request/cache-control.ts";

/**
 * Seconds for which a value is fresh by its own Cache-Control; nothing where that does not say. Only such values have
 * an age: others are asked for anew each time.
 */
export function freshSecondsOf(cacheControl: string | undefined): number | undefined {
  if (cacheControl === undefined) return undefined;
  const seconds = Number(freshnessOf(cacheControl) ?? "");
  return seconds > 0 ? seconds : undefined;
}

/**
 * The seconds since the write of a value that was fresh for `freshSeconds` then and expires `remainingMs` from now. One
 * that expires at another time than it ceases to be fresh is taken for younger at the most: never below 0. Hot.
 */
export function ageOf(freshSeconds: number, remainingMs: number): string {
  return String(Math.max(0, Math.floor(freshSeconds - remainingMs / 1_000)));
}
