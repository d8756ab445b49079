// Reads If-Match and If-None-Match: lists of entity tags, or `*` (RFC 9110 §8.8.3, §13.1).

import { CacheeError } from "../../base/errors.ts";
import { ENTITY_TAGS_MAX } from "../../base/limits.ts";

export interface EntityTag {
  readonly weak: boolean;
  /** The opaque tag, quotes included. */
  readonly opaque: string;
}

// etagc is %x21 / %x23-7E / obs-text
const ENTITY_TAG = /[ \t]*(?:(W\/)?("[\x21\x23-\x7e\x80-\uffff]*"))?[ \t]*(,|$)/y;

/** Parses a field value. Throws `bad_header` when it is neither `*` nor a list of entity tags. */
export function parseEntityTags(field: string, name: string): readonly EntityTag[] | "*" {
  const tags = readEntityTags(field);
  if (tags !== undefined) return tags;
  throw new CacheeError("bad_header", `${name} is not a list of 1 to ${ENTITY_TAGS_MAX} entity tags.`);
}

/** The same; nothing when it is neither. */
export function readEntityTags(field: string): readonly EntityTag[] | "*" | undefined {
  if (field.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  ENTITY_TAG.lastIndex = 0;
  for (;;) {
    const match = ENTITY_TAG.exec(field);
    if (match === null) return undefined;
    if (match[2] !== undefined) tags.push({ weak: match[1] !== undefined, opaque: match[2] });
    if (tags.length > ENTITY_TAGS_MAX) return undefined;
    if (match[3] === "") break;
  }
  return tags.length === 0 ? undefined : tags;
}

/** Weak comparison (RFC 9110 §8.8.3.2): the opaque tags are the same. */
export function matchesWeakly(tags: readonly EntityTag[] | "*", etag: string): boolean {
  return tags === "*" || tags.some((tag) => tag.opaque === etag);
}

/** Strong comparison: the same, and neither is weak. */
export function matchesStrongly(tags: readonly EntityTag[] | "*", etag: string): boolean {
  return tags === "*" || tags.some((tag) => !tag.weak && tag.opaque === etag);
}
