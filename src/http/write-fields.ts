// Reads what a write says of its value beside the body: TTL, tags, Content-Type, Cache-Control, conditions. Cold.

import { CacheeError } from "../base/errors.ts";
import { METADATA_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX, TTL_SECONDS_MAX } from "../base/limits.ts";
import type { Condition } from "../store/store.ts";
import { parseEntityTags } from "./entity-tag.ts";

export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

const SECONDS = /^\d{1,8}(?:\.\d{1,6})?$/;
// Field values as RFC 9110 §5.5 has them: visible characters, space, tab, obs-text.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TAG = /^[\x21-\x7e\x80-\uffff]+(?: +[\x21-\x7e\x80-\uffff]+)*$/;

/** TTL in ms from the first present of `?ttl=`, x-ttl and max-age; else the default. */
export function ttlOf(query: string, headers: Headers, defaultTtlMs: number | undefined): number | undefined {
  const given = new URLSearchParams(query).get("ttl") ?? headers.get("x-ttl") ?? maxAgeOf(headers);
  return given === undefined ? defaultTtlMs : parseTtl(given);
}

/** Milliseconds of a TTL given as text in seconds. */
export function parseTtl(seconds: string): number {
  const value = Number(seconds);
  if (!SECONDS.test(seconds) || value <= 0 || value > TTL_SECONDS_MAX) {
    throw new CacheeError("bad_ttl", `A TTL is a positive number of seconds, at most ${TTL_SECONDS_MAX}.`);
  }
  return value * 1_000;
}

function maxAgeOf(headers: Headers): string | undefined {
  for (const directive of (headers.get("cache-control") ?? "").split(",")) {
    const [name = "", ...values] = directive.split("=");
    if (trimmed(name).toLowerCase() !== "max-age") continue;
    return trimmed(values.join("=")).replace(/^"(.*)"$/, "$1");
  }
  return undefined;
}

/** `text` without the spaces and tabs around it, in linear time; other white space is a part of it. */
function trimmed(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t";
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(from)) from++;
  while (to > from && isBlank(to - 1)) to--;
  return text.slice(from, to);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tags of Cache-Tag. Its bytes are UTF-8, as in JSON bodies; Bun hands them over as Latin-1. */
export function tagsOf(headers: Headers): readonly string[] {
  const field = headers.get("cache-tag");
  if (field === null) return [];
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

export function checkTags(tags: readonly string[]): readonly string[] {
  if (tags.length > TAGS_MAX) throw new CacheeError("bad_tag", `An entry has at most ${TAGS_MAX} tags.`);
  for (const tag of tags) checkTag(tag);
  return tags;
}

export function checkTag(tag: string): string {
  if (!TAG.test(tag) || !tag.isWellFormed() || tag.includes(",") || Buffer.byteLength(tag) > TAG_BYTES_MAX) {
    throw new CacheeError(
      "bad_tag",
      `A tag has 1 to ${TAG_BYTES_MAX} bytes, no comma and no control character.`,
    );
  }
  return tag;
}

/** A value fit to be sent as the field `name`. */
export function checkFieldValue(value: string, name: string): string {
  if (!FIELD_VALUE.test(value) || Buffer.byteLength(value) > METADATA_BYTES_MAX) {
    throw new CacheeError("bad_header", `${name} is longer than ${METADATA_BYTES_MAX} bytes, or malformed.`);
  }
  return value;
}

/** The condition that If-Match or, in its absence, If-None-Match puts on a write (RFC 9110 §13.2.2). */
export function conditionOf(headers: Headers): Condition | undefined {
  const lease = headers.get("x-cache-lease");
  if (lease !== null) return leaseCondition(lease, headers);
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

/** The condition that a right to fill is still held; it stands alone. */
function leaseCondition(token: string, headers: Headers): Condition {
  if (!LEASE.test(token))
    throw new CacheeError("bad_lease", "x-cache-lease is not a token that a miss gave.");
  if (headers.has("if-match") || headers.has("if-none-match")) {
    throw new CacheeError("bad_lease", "x-cache-lease cannot be combined with If-Match or If-None-Match.");
  }
  return { kind: "lease", token };
}
