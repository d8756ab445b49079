// The binary form of an entry, the same in L1's slabs and in Redis: metadata, then every variant.
//
// Little-endian. 0 format (1) · 1 mask of variants · 2 tags count · 3 flags · 4 u16 content type bytes ·
// 6 u16 Cache-Control bytes, 65535 for none · 8 f64 expiry (wall ms, Infinity: none) · 16 f64 sequence number ·
// 24 u64 hash of the value · 32 u32 × 4 variant bytes · 48 content type · Cache-Control · tags (u8 length, bytes) ·
// variants in the order of CODINGS.

import { METADATA_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX } from "../base/limits.ts";
import { CODING_INDEXES, ETAG_SUFFIXES, IDENTITY, type CodingIndex } from "./coding.ts";

export const FORMAT = 1;
/** A flag: the hash is left out, for its reader to make. */
export const HASHLESS = 1;
export const HEADER_BYTES = 48;
export const NO_CACHE_CONTROL = 65_535;
/** Larger records are made in memory of their own. */
const SCRATCH_BYTES = 65_536;
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
  return Bun.hash.xxHash3(body, mediaType(contentType).seed);
}

/** The strong ETag of one coding's representation, quotes included. */
export function etagOf(hash: bigint, coding: CodingIndex): string {
  return `"${hash.toString(16).padStart(16, "0")}${ETAG_SUFFIXES[coding]}"`;
}

/** Memory for records that are copied before the next one is made. */
export class RecordScratch {
  /** Longer than any record in it, so that none passes for the owner of the memory. */
  readonly bytes = new Uint8Array(SCRATCH_BYTES + 1);
  readonly view = new DataView(this.bytes.buffer);
}

/** A content type's bytes and its hash, kept for the one used last: most writes of a lane have the same. */
interface MediaType {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly seed: bigint;
}

let lastType: MediaType = { text: "", bytes: new Uint8Array(0), seed: Bun.hash.xxHash3("") };

function mediaType(contentType: string): MediaType {
  if (lastType.text !== contentType) {
    const bytes = encoder.encode(contentType);
    lastType = { text: contentType, bytes, seed: Bun.hash.xxHash3(contentType) };
  }
  return lastType;
}

/** The bytes of a record; in `scratch`, where one is given and they fit. */
export function encodeRecord(parts: RecordParts, scratch?: RecordScratch): Uint8Array {
  const contentType = mediaType(parts.contentType).bytes;
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
  const reused = scratch !== undefined && size <= SCRATCH_BYTES;
  const bytes = reused ? scratch.bytes : new Uint8Array(size);
  const view = reused ? scratch.view : new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  bytes[1] = mask;
  bytes[2] = tags.length;
  bytes[3] = 0;
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
    view.setUint32(32 + 4 * coding, variant?.length ?? 0, true);
    if (variant === undefined) continue;
    bytes.set(variant, at);
    at += variant.length;
  }
  return reused ? bytes.subarray(0, size) : bytes;
}

/** Whether `bytes` are a whole, well-formed record but for its numbers: what RecordView takes, at less cost. */
export function isRecord(bytes: Uint8Array): boolean {
  const mask = bytes[1] ?? 0;
  if (bytes.length < HEADER_BYTES || bytes[0] !== FORMAT || (mask & 1) === 0 || mask > 15) return false;
  const u16 = (at: number) => bytes[at]! | (bytes[at + 1]! << 8);
  const cacheControlBytes = u16(6);
  let at = HEADER_BYTES + u16(4) + (cacheControlBytes === NO_CACHE_CONTROL ? 0 : cacheControlBytes);
  for (let i = 0; i < bytes[2]!; i++) {
    if (at >= bytes.length) return false;
    at += 1 + bytes[at]!;
  }
  const textEnd = at;
  for (const coding of CODING_INDEXES) {
    const from = 32 + 4 * coding;
    if ((mask & (1 << coding)) !== 0) at += u16(from) + u16(from + 2) * 65_536;
  }
  if (at !== bytes.length) return false;
  for (let i = HEADER_BYTES; i < textEnd; i++) if (bytes[i]! > 127) return isReadable(bytes);
  return true;
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    return new RecordView(bytes).body.length >= 0;
  } catch {
    return false;
  }
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
  readonly variants: readonly (Uint8Array | undefined)[];
  #hash: bigint | undefined;

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
    this.#hash = (bytes[3]! & HASHLESS) === 0 ? view.getBigUint64(24, true) : undefined;
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

  get hash(): bigint {
    return (this.#hash ??= hashOf(this.body, this.contentType));
  }

  get body(): Uint8Array {
    return this.variants[IDENTITY]!;
  }

  /** Whether one of `etags` is the strong ETag of any coding of this value. */
  hasEtag(etags: readonly string[]): boolean {
    return CODING_INDEXES.some((coding) => etags.includes(etagOf(this.hash, coding)));
  }
}

/**
 * Where the identity variant begins in a well-formed record; its length is `bodyBytes`. Reads no more than that,
 * for lanes that want the value and nothing else. Hot.
 */
export function bodyStart(bytes: Uint8Array, start = 0): number {
  let at = start + HEADER_BYTES + (bytes[start + 4]! | (bytes[start + 5]! << 8));
  const cacheControlBytes = bytes[start + 6]! | (bytes[start + 7]! << 8);
  if (cacheControlBytes !== NO_CACHE_CONTROL) at += cacheControlBytes;
  for (let tags = bytes[start + 2]!; tags > 0; tags--) at += 1 + bytes[at]!;
  return at;
}

/** Bytes of the identity variant of a well-formed record. Hot. */
export function bodyBytes(bytes: Uint8Array, start = 0): number {
  const at = start + 32;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Bytes of the variant of `coding` of the record at `start`; 0 where there is none. Hot. */
export function variantBytes(bytes: Uint8Array, coding: number, start = 0): number {
  return bodyBytes(bytes, start + 4 * coding);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** As `etagOf`, of the record at `start` of `bytes`. Hot. */
export function etagIn(bytes: Uint8Array, start: number, coding: CodingIndex): string {
  if ((bytes[start + 3]! & HASHLESS) !== 0) {
    return etagOf(hashOf(bodyIn(bytes, start), text(typeIn(bytes, start))), coding);
  }
  const at = start + 24;
  const high = `${HEX[bytes[at + 7]!]}${HEX[bytes[at + 6]!]}${HEX[bytes[at + 5]!]}${HEX[bytes[at + 4]!]}`;
  const low = `${HEX[bytes[at + 3]!]}${HEX[bytes[at + 2]!]}${HEX[bytes[at + 1]!]}${HEX[bytes[at]!]}`;
  return `"${high}${low}${ETAG_SUFFIXES[coding]}"`;
}

function bodyIn(bytes: Uint8Array, start: number): Uint8Array {
  const from = bodyStart(bytes, start);
  return bytes.subarray(from, from + bodyBytes(bytes, start));
}

function typeIn(bytes: Uint8Array, start: number): Uint8Array {
  const from = start + HEADER_BYTES;
  return bytes.subarray(from, from + (bytes[start + 4]! | (bytes[start + 5]! << 8)));
}

const scratch = new Uint8Array(8);
const scratchDouble = new Float64Array(scratch.buffer);

/** Wall-clock ms at which the record at `start` expires; `Infinity` for never. Hot. */
export function expiryIn(bytes: Uint8Array, start = 0): number {
  for (let i = 0; i < 8; i++) scratch[i] = bytes[start + 8 + i]!;
  return scratchDouble[0]!;
}

/** A text that is the same for records at `start` whose content type and Cache-Control are. Hot. */
export function headIn(bytes: Buffer, start: number): string {
  const cacheControlBytes = bytes[start + 6]! | (bytes[start + 7]! << 8);
  const typeBytes = bytes[start + 4]! | (bytes[start + 5]! << 8);
  const from = start + HEADER_BYTES;
  if (cacheControlBytes === NO_CACHE_CONTROL) return bytes.latin1Slice(from, from + typeBytes);
  return `${typeBytes} ${bytes.latin1Slice(from, from + typeBytes + cacheControlBytes)}`;
}

function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RangeError("a record with text that is not UTF-8");
  }
}
