// Checks what every lane is told of a value: TTL, tags, content type, other field values. Cold.

import { CacheeError } from "../base/errors.ts";
import { METADATA_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX, TTL_SECONDS_MAX } from "../base/limits.ts";

export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

/** Numbers as JSON prints them, with as many decimals as arithmetic leaves; the smallest have an exponent. */
const SECONDS = /^\d+(?:\.\d+)?(?:e-\d+)?$/;
// Field values as RFC 9110 §5.5 has them: visible characters, space, tab, obs-text.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TAG = /^[\x21-\x7e\x80-\uffff]+(?: +[\x21-\x7e\x80-\uffff]+)*$/;

/** Milliseconds of a TTL given as text in seconds. */
export function parseTtl(seconds: string): number {
  const value = Number(seconds);
  if (!SECONDS.test(seconds) || !(value > 0 && value <= TTL_SECONDS_MAX)) {
    throw new CacheeError("bad_ttl", `A TTL is a positive number of seconds, at most ${TTL_SECONDS_MAX}.`);
  }
  return value * 1_000;
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
