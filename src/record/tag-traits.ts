// The tags of a record as a Bloom filter of 32 bits: where it lacks a tag's bits, the record does not have the tag. Warm.

import { tagsStart } from "./in-place.ts";
import { TAGS_AT } from "./layout.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const encoder = new TextEncoder();

/** Three bits of 32, or fewer where they fall together. */
export function tagTraits(tag: string): number {
  const bytes = encoder.encode(tag);
  return bitsOf(bytes, 0, bytes.length);
}

/** The bits of all tags of a well-formed record; 0 where it has none. */
export function traitsIn(record: Uint8Array): number {
  let traits = 0;
  let at = 0;
  for (let left = record[TAGS_AT]!; left > 0; left--) {
    at ||= tagsStart(record);
    const end = at + 1 + record[at]!;
    traits |= bitsOf(record, at + 1, end);
    at = end;
  }
  return traits;
}

/** FNV-1a of the bytes, mixed, and cut into three numbers of five bits. */
function bitsOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31)) | (1 << ((hash >>> 10) & 31));
}
