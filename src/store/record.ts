// The binary form of an entry, the same in L1's slabs and in Redis: metadata, then every variant.
//
// Little-endian. 0 format (1) · 1 mask of variants · 2 tags count · 3 zero · 4 u16 content type bytes ·
// 6 u16 Cache-Control bytes, 65535 for none · 8 f64 expiry (wall ms, Infinity: none) · 16 f64 sequence number ·
// 24 u64 hash of the value · 32 u32 × 4 variant bytes · 48 content type · Cache-Control · tags (u8 length, bytes) ·
// variants in the order of CODINGS.

import { METADATA_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX } from "../base/limits.ts";
import { CODING_INDEXES, ETAG_SUFFIXES, IDENTITY, type CodingIndex } from "./coding.ts";

const FORMAT = 1;
const HEADER_BYTES = 48;
const NO_CACHE_CONTROL = 65_535;
/** Bytes that a record has beyond its variants, at the most. */
export const RECORD_OVERHEAD_BYTES_MAX =
  HEADER_BYTES + 2 * METADATA_BYTES_MAX + TAGS_MAX * (TAG_BYTES_MAX + 1);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A record's content, by CODINGS' order; the identity variant is always there. */
export interface RecordParts {
  readonly contentType: string;
  readonly cacheControl: string | undefined;
  readonly tags: readonly string[];
  /** Wall-clock ms at which it expires; `Infinity` for never. */
  readonly expiresAtWallMs: number;
  readonly n: number;
  readonly hash: bigint;
  readonly variants: readonly (Uint8Array | undefined)[];
}

/** The hash that ETags are made of: of the value and its content type, xxHash3 with 64 bits. */
export function hashOf(body: Uint8Array, contentType: string): bigint {
  return Bun.hash.xxHash3(body, Bun.hash.xxHash3(contentType));
}

/** The strong ETag of one coding's representation, quotes included. */
export function etagOf(hash: bigint, coding: CodingIndex): string {
  return `"${hash.toString(16).padStart(16, "0")}${ETAG_SUFFIXES[coding]}"`;
}

export function encodeRecord(parts: RecordParts): Uint8Array {
  const contentType = encoder.encode(parts.contentType);
  const cacheControl = parts.cacheControl === undefined ? undefined : encoder.encode(parts.cacheControl);
  const tags = parts.tags.map((tag) => encoder.encode(tag));
  let size = HEADER_BYTES + contentType.length + (cacheControl?.length ?? 0);
  for (const tag of tags) size += 1 + tag.length;
  let mask = 0;
  for (const coding of CODING_INDEXES) {
    const variant = parts.variants[coding];
    if (variant === undefined) continue;
    mask |= 1 << coding;
    size += variant.length;
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  bytes[1] = mask;
  bytes[2] = tags.length;
  view.setUint16(4, contentType.length, true);
  view.setUint16(6, cacheControl?.length ?? NO_CACHE_CONTROL, true);
  view.setFloat64(8, parts.expiresAtWallMs, true);
  view.setFloat64(16, parts.n, true);
  view.setBigUint64(24, parts.hash, true);
  bytes.set(contentType, HEADER_BYTES);
  let at = HEADER_BYTES + contentType.length;
  if (cacheControl !== undefined) {
    bytes.set(cacheControl, at);
    at += cacheControl.length;
  }
  for (const tag of tags) {
    bytes[at] = tag.length;
    bytes.set(tag, at + 1);
    at += 1 + tag.length;
  }
  for (const coding of CODING_INDEXES) {
    const variant = parts.variants[coding];
    if (variant === undefined) continue;
    view.setUint32(32 + 4 * coding, variant.length, true);
    bytes.set(variant, at);
    at += variant.length;
  }
  return bytes;
}

/** Writes another sequence number and expiry into a record, in place. */
export function stampRecord(bytes: Uint8Array, n: number, expiresAtWallMs: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setFloat64(8, expiresAtWallMs, true);
  view.setFloat64(16, n, true);
}

/** A record read in place: variants are views of the bytes it was made from. */
export class RecordView implements RecordParts {
  readonly contentType: string;
  readonly cacheControl: string | undefined;
  readonly tags: readonly string[];
  readonly expiresAtWallMs: number;
  readonly n: number;
  readonly hash: bigint;
  readonly variants: readonly (Uint8Array | undefined)[];

  /** Throws a RangeError when `bytes` are not a whole, well-formed record. */
  constructor(bytes: Uint8Array) {
    if (bytes.length < HEADER_BYTES || bytes[0] !== FORMAT)
      throw new RangeError("not a record of this format");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const mask = bytes[1]!;
    if ((mask & 1) === 0 || mask > 15) throw new RangeError("a record without its identity variant");
    let at = HEADER_BYTES;
    const take = (length: number): Uint8Array => {
      if (at + length > bytes.length) throw new RangeError("a record cut short");
      at += length;
      return bytes.subarray(at - length, at);
    };
    this.expiresAtWallMs = view.getFloat64(8, true);
    this.n = view.getFloat64(16, true);
    if (Number.isNaN(this.expiresAtWallMs) || !(this.n >= 0))
      throw new RangeError("a record with bad numbers");
    this.hash = view.getBigUint64(24, true);
    this.contentType = text(take(view.getUint16(4, true)));
    const cacheControlBytes = view.getUint16(6, true);
    this.cacheControl = cacheControlBytes === NO_CACHE_CONTROL ? undefined : text(take(cacheControlBytes));
    const tags: string[] = [];
    for (let i = 0; i < bytes[2]!; i++) tags.push(text(take(take(1)[0]!)));
    this.tags = tags;
    const variants: (Uint8Array | undefined)[] = [];
    for (const coding of CODING_INDEXES) {
      variants.push((mask & (1 << coding)) === 0 ? undefined : take(view.getUint32(32 + 4 * coding, true)));
    }
    this.variants = variants;
    if (at !== bytes.length) throw new RangeError("a record with bytes left over");
  }

  get body(): Uint8Array {
    return this.variants[IDENTITY]!;
  }

  /** Whether one of `etags` is the strong ETag of any coding of this value. */
  hasEtag(etags: readonly string[]): boolean {
    return CODING_INDEXES.some((coding) => etags.includes(etagOf(this.hash, coding)));
  }
}

function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RangeError("a record with text that is not UTF-8");
  }
}
