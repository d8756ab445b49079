// Reads what a write says of its value beside the body: TTL, tags, Content-Type, Cache-Control, conditions. Cold.

import { CacheeError } from "../../base/errors.ts";
import { checkTags, parseTtl } from "../../gate/value-fields.ts";
import type { Condition } from "../../store/store.ts";
import { parseEntityTags } from "./entity-tag.ts";

/** TTL in ms from the first present of `?ttl=`, x-ttl, s-maxage and max-age; else the default. */
export function ttlOf(query: string, headers: Headers, defaultTtlMs: number | undefined): number | undefined {
  const given = new URLSearchParams(query).get("ttl") ?? headers.get("x-ttl") ?? maxAgeOf(headers);
  return given === undefined ? defaultTtlMs : parseTtl(given);
}

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
  if (directiveIn(headers, "no-store") !== undefined) {
    throw new CacheeError("no_store", "Cache-Control says no-store of what is to be stored.");
  }
}

/** The seconds that Cache-Control gives a shared cache: s-maxage goes before max-age (RFC 9111 §5.2.2.10). */
function maxAgeOf(headers: Headers): string | undefined {
  return directiveIn(headers, "s-maxage") ?? directiveIn(headers, "max-age");
}

/** The argument of Cache-Control's directive `wanted`, `""` where it has none; nothing where it is not there. */
function directiveIn(headers: Headers, wanted: string): string | undefined {
  for (const directive of (headers.get("cache-control") ?? "").split(",")) {
    const [name = "", ...values] = directive.split("=");
    if (trimmed(name).toLowerCase() !== wanted) continue;
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
