// Reads parts of a well-formed record where it lies, without decoding the rest of it. Hot.

import { ETAG_SUFFIXES, IDENTITY, type CodingIndex } from "./coding.ts";
import { etagOf, hashOf } from "./etag.ts";
import {
  CACHE_CONTROL_BYTES_AT,
  EXPIRY_AT,
  FLAGS_AT,
  HASH_AT,
  HASHLESS,
  HEADER_BYTES,
  MASK_AT,
  NO_CACHE_CONTROL,
  TAGS_AT,
  TYPE_BYTES_AT,
  VARIANT_BYTES_AT,
} from "./layout.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Which variants the record at `start` has: bit `coding` for each. */
export function maskIn(bytes: Uint8Array, start = 0): number {
  return bytes[start + MASK_AT]!;
}

/** Where the content type begins; it has `typeBytes` bytes. */
export function typeStart(start = 0): number {
  return start + HEADER_BYTES;
}

export function typeBytes(bytes: Uint8Array, start = 0): number {
  return bytes[start + TYPE_BYTES_AT]! | (bytes[start + TYPE_BYTES_AT + 1]! << 8);
}

/** Where the identity variant begins; it has `bodyBytes` bytes. */
export function bodyStart(bytes: Uint8Array, start = 0): number {
  let at = tagsStart(bytes, start);
  for (let tags = bytes[start + TAGS_AT]!; tags > 0; tags--) at += 1 + bytes[at]!;
  return at;
}

export function bodyBytes(bytes: Uint8Array, start = 0): number {
  const at = start + VARIANT_BYTES_AT;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Where the variant of `coding` begins, which is there; it has `variantBytes` bytes. */
export function variantStart(bytes: Uint8Array, coding: CodingIndex, start = 0): number {
  let at = bodyStart(bytes, start);
  for (let before: number = IDENTITY; before < coding; before++) at += variantBytes(bytes, before, start);
  return at;
}

/** 0 where there is no such variant. */
export function variantBytes(bytes: Uint8Array, coding: number, start = 0): number {
  return bodyBytes(bytes, start + 4 * coding);
}

/** Whether the record at `start` has its hash filled in. */
export function hasHash(bytes: Uint8Array, start = 0): boolean {
  return (bytes[start + FLAGS_AT]! & HASHLESS) === 0;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** As `etagOf`, of the record at `start`. */
export function etagIn(bytes: Uint8Array, start: number, coding: CodingIndex): string {
  if (!hasHash(bytes, start)) return etagOf(computedHash(bytes, start), coding);
  const at = start + HASH_AT;
  const high = `${HEX[bytes[at + 7]!]}${HEX[bytes[at + 6]!]}${HEX[bytes[at + 5]!]}${HEX[bytes[at + 4]!]}`;
  const low = `${HEX[bytes[at + 3]!]}${HEX[bytes[at + 2]!]}${HEX[bytes[at + 1]!]}${HEX[bytes[at]!]}`;
  return `"${high}${low}${ETAG_SUFFIXES[coding]}"`;
}

/** What belongs where the record at `start` has no hash filled in. */
export function computedHash(bytes: Uint8Array, start: number): bigint {
  return hashOf(bodyIn(bytes, start), typeIn(bytes, start));
}

const scratch = new Uint8Array(8);
const scratchDouble = new Float64Array(scratch.buffer);

/** Wall-clock ms at which the record at `start` expires; `Infinity` for never. */
export function expiryIn(bytes: Uint8Array, start = 0): number {
  for (let i = 0; i < 8; i++) scratch[i] = bytes[start + EXPIRY_AT + i]!;
  return scratchDouble[0]!;
}

/** Where the tags begin, each after its length. */
export function tagsStart(bytes: Uint8Array, start = 0): number {
  const at = start + HEADER_BYTES + typeBytes(bytes, start);
  const cacheControlBytes = cacheControlBytesIn(bytes, start);
  return cacheControlBytes === NO_CACHE_CONTROL ? at : at + cacheControlBytes;
}

/** The tags of the record. */
export function tagsIn(bytes: Uint8Array): string[] {
  const tags: string[] = [];
  let at = tagsStart(bytes);
  for (let left = bytes[TAGS_AT]!; left > 0; left--) {
    const end = at + 1 + bytes[at]!;
    tags.push(decoder.decode(bytes.subarray(at + 1, end)));
    at = end;
  }
  return tags;
}

/** Whether the record at `start` has tags. */
export function hasTags(bytes: Uint8Array, start: number): boolean {
  return bytes[start + TAGS_AT] !== 0;
}

/** A text that is the same for records whose content type and Cache-Control are. */
export function headIn(bytes: Buffer, start: number): string {
  const cacheControlBytes = cacheControlBytesIn(bytes, start);
  const length = typeBytes(bytes, start);
  const from = start + HEADER_BYTES;
  if (cacheControlBytes === NO_CACHE_CONTROL) return bytes.latin1Slice(from, from + length);
  return `${length} ${bytes.latin1Slice(from, from + length + cacheControlBytes)}`;
}

/** Whether the record at `start` has a Cache-Control of its own. */
export function hasCacheControl(bytes: Uint8Array, start = 0): boolean {
  return cacheControlBytesIn(bytes, start) !== NO_CACHE_CONTROL;
}

function cacheControlBytesIn(bytes: Uint8Array, start: number): number {
  return bytes[start + CACHE_CONTROL_BYTES_AT]! | (bytes[start + CACHE_CONTROL_BYTES_AT + 1]! << 8);
}

function bodyIn(bytes: Uint8Array, start: number): Uint8Array {
  const from = bodyStart(bytes, start);
  return bytes.subarray(from, from + bodyBytes(bytes, start));
}

/** The content type of the record at `start`. */
export function typeIn(bytes: Uint8Array, start = 0): string {
  const from = start + HEADER_BYTES;
  return decoder.decode(bytes.subarray(from, from + typeBytes(bytes, start)));
}
