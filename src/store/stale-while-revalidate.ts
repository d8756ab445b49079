// Reads from a write how long past its expiry its entry may be served while another fills the key (RFC 5861 §3). Pure.

import type { Draft } from "./store.ts";

const FIELD = /(?:^|,)\s*stale-while-revalidate\s*=\s*"?(\d{1,8})"?/i;

/** Ms; 0 for not at all. */
export function staleWhileRevalidateMs({ cacheControl, ttlMs }: Draft): number {
  if (cacheControl === undefined || ttlMs === undefined) return 0;
  const match = FIELD.exec(cacheControl);
  return match === null ? 0 : Number(match[1]) * 1_000;
}
