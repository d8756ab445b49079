// Next's entries as bytes in the cache, under keys of a bounded length.

import { CacheeClientError } from "../../errors.ts";
import type { SetOptions } from "../../cache.ts";
import { cacheTagsOf } from "./tag-times.ts";

/** The longest that Cachee keeps an entry, s. */
const TTL_MAX = 31_536_000;

const encoder = new TextEncoder();

/** `key`, which may be of any length, as one that Cachee takes. */
export async function keyOf(prefix: string, key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(key)));
  return prefix + Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What `work` gives; nothing when the cache could not do it: Next goes on without. */
export async function orNothing<T>(
  work: () => Promise<T>,
  onError: ((error: CacheeClientError) => void) | undefined,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof CacheeClientError)) throw thrown;
    onError?.(thrown);
    return undefined;
  }
}

/** How an entry is stored that lasts `expire` seconds (none: as long as it is used) and has Next's `tags`. */
export function storedOptions(expire: number | undefined, tags: readonly string[]): SetOptions {
  const ttl = expire === undefined ? {} : { ttl: Math.min(expire, TTL_MAX) };
  return { ...ttl, tags: cacheTagsOf(tags) };
}
