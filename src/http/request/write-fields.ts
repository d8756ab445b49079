// Reads what a write says of its value beside the body: TTL, tags, Content-Type, Cache-Control, conditions. Cold.

import { CacheeError } from "../../base/errors.ts";
import { checkTags, parseTtl } from "../../gate/value-fields.ts";
import type { Condition } from "../../store/store.ts";
import { directiveOf, freshnessOf, misspeltFreshness, trimmed } from "./cache-control.ts";
import { parseEntityTags } from "./entity-tag.ts";

/**
 * TTL in ms from the first present of `?ttl=`, x-ttl, s-maxage and max-age; else the default. Throws where one was meant
 * but misspelt: such a value would be stored for ever.
 */
export function ttlOf(query: string, headers: Headers, defaultTtlMs: number | undefined): number | undefined {
  const cacheControl = headers.get("cache-control");
  const misspelt = cacheControl === null ? undefined : misspeltFreshness(cacheControl);
  if (misspelt !== undefined) {
    throw new CacheeError(
      "bad_ttl",
      `Cache-Control has ${JSON.stringify(misspelt)}, and not max-age or s-maxage.`,
    );
  }
  const given = new URLSearchParams(query).get("ttl") ?? headers.get("x-ttl") ?? freshnessOf(cacheControl);
  if (given !== undefined) return parseTtl(given);
  for (const name of headers.keys()) {
    if (LIKE_TTL.test(name))
      throw new CacheeError("bad_ttl", `The field ${name} is unknown: a TTL is in x-ttl.`);
  }
  return defaultTtlMs;
}

/** Names of fields that were meant to be x-ttl. */
const LIKE_TTL = /^(?:x-)?(?:cache-|cachee-)?t[tl]{1,3}(?:-?(?:s|secs?|seconds|ms))?$/;

/** Throws `bad_query` unless every parameter of `query` is among `names`. */
export function checkQuery(query: string, names: readonly string[]): void {
  if (query === "") return;
  for (const name of new URLSearchParams(query).keys()) {
    if (names.includes(name)) continue;
    const known = names.length === 0 ? "none" : `only ${names.join(", ")}`;
    throw new CacheeError("bad_query", `Of query parameters this write has ${known}.`);
  }
}

/** Throws where the request says that its body must not be stored, or is but a part of the value. */
export function checkWholeAndStorable(headers: Headers): void {
  if (headers.has("content-range")) {
    throw new CacheeError("unsupported_range", "A value is put whole: Content-Range is not supported.");
  }
  if (directiveOf(headers.get("cache-control"), "no-store") !== undefined) {
    throw new CacheeError("no_store", "Cache-Control says no-store of what is to be stored.");
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tags of Cache-Tag. Its bytes are UTF-8, as in JSON bodies; Bun hands them over as Latin-1. */
export function tagsOf(headers: Headers): readonly string[] {
  const field = headers.get("cache-tag");
  if (field === null) {
    if (headers.has("cache-tags"))
      throw new CacheeError("bad_tag", "Tags are in Cache-Tag, not in Cache-Tags.");
    return [];
  }
  let text: string;
  try {
    text = decoder.decode(Buffer.from(field, "latin1"));
  } catch {
    throw new CacheeError("bad_tag", "Cache-Tag is not UTF-8.");
  }
  return checkTags(
    text
      .split(",")
      .map(trimmed)
      .filter((tag) => tag !== ""),
  );
}

/**
 * The condition of a write: that a right to fill is still held, or what If-Match or, in its absence, If-None-Match says
 * (RFC 9110 §13.2.2).
 */
export function conditionOf(headers: Headers): Condition | undefined {
  const token = leaseOf(headers);
  if (token !== undefined) return { kind: "lease", token };
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null) {
    const tags = parseEntityTags(ifMatch, "If-Match");
    if (tags === "*") return { kind: "present" };
    return { kind: "etag", etags: tags.filter((tag) => !tag.weak).map((tag) => tag.opaque) };
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch === null) return undefined;
  const tags = parseEntityTags(ifNoneMatch, "If-None-Match");
  return tags === "*" ? { kind: "absent" } : { kind: "not_etag", etags: tags.map((tag) => tag.opaque) };
}

const LEASE = /^[0-9a-f-]{36}$/;

/** The token of a right to fill in x-cache-lease, which stands alone; nothing where there is none. */
export function leaseOf(headers: Headers): string | undefined {
  const token = headers.get("x-cache-lease");
  if (token === null) return undefined;
  if (!LEASE.test(token))
    throw new CacheeError("bad_lease", "x-cache-lease is not a token that a miss gave.");
  if (headers.has("if-match") || headers.has("if-none-match")) {
    throw new CacheeError("bad_lease", "x-cache-lease cannot be combined with If-Match or If-None-Match.");
  }
  return token;
}
