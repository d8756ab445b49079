// The codec of a record: the binary form of an entry, its metadata and then every variant. Layout: layout.ts.

import { collectionKind } from "./collection.ts";
import { CODING_INDEXES, IDENTITY } from "./coding.ts";
import { etagOf, hashOf, mediaType } from "./etag.ts";
import {
  CACHE_CONTROL_BYTES_AT,
  COLLECTION,
  EXPIRY_AT,
  FLAGS_AT,
  FORMAT,
  FORMAT_AT,
  HASH_AT,
  HASHLESS,
  HEADER_BYTES,
  MASK_AT,
  N_AT,
  NO_CACHE_CONTROL,
  TAGS_AT,
  TYPE_BYTES_AT,
  VARIANT_BYTES_AT,
} from "./layout.ts";

/** Larger records are made in memory of their own. */
const SCRATCH_BYTES = 65_536;
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

/** Memory for records that are copied before the next one is made. */
export class RecordScratch {
  /** Longer than any record in it, so that none passes for the owner of the memory. */
  readonly bytes = new Uint8Array(SCRATCH_BYTES + 1);
  readonly view = new DataView(this.bytes.buffer);
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
  bytes[FORMAT_AT] = FORMAT;
  bytes[MASK_AT] = mask;
  bytes[TAGS_AT] = tags.length;
  bytes[FLAGS_AT] = collectionKind(parts.contentType) === undefined ? 0 : COLLECTION;
  view.setUint16(TYPE_BYTES_AT, contentType.length, true);
  view.setUint16(CACHE_CONTROL_BYTES_AT, cacheControl?.length ?? NO_CACHE_CONTROL, true);
  view.setFloat64(EXPIRY_AT, parts.expiresAtWallMs, true);
  view.setFloat64(N_AT, parts.n, true);
  view.setBigUint64(HASH_AT, parts.hash, true);
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
    view.setUint32(VARIANT_BYTES_AT + 4 * coding, variant?.length ?? 0, true);
    if (variant === undefined) continue;
    bytes.set(variant, at);
    at += variant.length;
  }
  return reused ? bytes.subarray(0, size) : bytes;
}

/** Writes another sequence number and expiry into a record, in place. */
export function stampRecord(bytes: Uint8Array, n: number, expiresAtWallMs: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setFloat64(EXPIRY_AT, expiresAtWallMs, true);
  view.setFloat64(N_AT, n, true);
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
    if (bytes.length < HEADER_BYTES || bytes[FORMAT_AT] !== FORMAT)
      throw new RangeError("not a record of this format");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const mask = bytes[MASK_AT]!;
    if ((mask & 1) === 0 || mask > 15) throw new RangeError("a record without its identity variant");
    let at = HEADER_BYTES;
    const take = (length: number): Uint8Array => {
      if (at + length > bytes.length) throw new RangeError("a record cut short");
      at += length;
      return bytes.subarray(at - length, at);
    };
    this.expiresAtWallMs = view.getFloat64(EXPIRY_AT, true);
    this.n = view.getFloat64(N_AT, true);
    if (Number.isNaN(this.expiresAtWallMs) || !(this.n >= 0))
      throw new RangeError("a record with bad numbers");
    this.#hash = (bytes[FLAGS_AT]! & HASHLESS) === 0 ? view.getBigUint64(HASH_AT, true) : undefined;
    this.contentType = text(take(view.getUint16(TYPE_BYTES_AT, true)));
    const cacheControlBytes = view.getUint16(CACHE_CONTROL_BYTES_AT, true);
    this.cacheControl = cacheControlBytes === NO_CACHE_CONTROL ? undefined : text(take(cacheControlBytes));
    const tags: string[] = [];
    for (let i = 0; i < bytes[TAGS_AT]!; i++) tags.push(text(take(take(1)[0]!)));
    this.tags = tags;
    const variants: (Uint8Array | undefined)[] = [];
    for (const coding of CODING_INDEXES) {
      const size = view.getUint32(VARIANT_BYTES_AT + 4 * coding, true);
      if ((mask & (1 << coding)) !== 0) variants.push(take(size));
      else if (size === 0) variants.push(undefined);
      else throw new RangeError("a length of a variant that is not there");
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

function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RangeError("a record with text that is not UTF-8");
  }
}
