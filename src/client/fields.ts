// What goes into a request's fields and comes out of an answer's.

import type { CacheEntry, SetOptions } from "./cache.ts";
import type { TransportResponse } from "./http-transport.ts";
import { decodeValue } from "./values.ts";

/** The entry in the answer to a GET. */
export function entryOf({ headers, bytes }: TransportResponse): CacheEntry {
  const contentType = headers.get("content-type") ?? "application/octet-stream";
  return {
    value: decodeValue(bytes, contentType),
    bytes,
    contentType,
    etag: headers.get("etag") ?? "",
    version: headers.get("x-cache-version") ?? "",
    isStale: headers.get("cache-status")?.includes("stale") === true,
  };
}

/** Request fields that say how a value is stored. */
export function setFields(options: SetOptions): Record<string, string> {
  const fields: Record<string, string> = {};
  if (options.ttl !== undefined) fields["x-ttl"] = String(options.ttl);
  if (options.tags !== undefined && options.tags.length > 0) fields["cache-tag"] = tagField(options.tags);
  if (options.staleWhileRevalidate !== undefined) {
    fields["cache-control"] = `private, no-cache, stale-while-revalidate=${options.staleWhileRevalidate}`;
  }
  if (options.ifAbsent === true) fields["if-none-match"] = "*";
  if (options.ifMatch !== undefined) fields["if-match"] = options.ifMatch;
  return fields;
}

/** Tags as a field's value: their UTF-8 bytes, one character each, as fetch wants them. */
function tagField(tags: readonly string[]): string {
  const bytes = new TextEncoder().encode(tags.join(", "));
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
