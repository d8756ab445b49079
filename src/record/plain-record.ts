// Records of plain values, written straight to where they are kept: one type, no tags, no variants, no hash yet. Hot.

import { copyBytes } from "../base/bytes/copy-bytes.ts";
import { IDENTITY } from "./coding.ts";
import {
  CACHE_CONTROL_BYTES_AT,
  EXPIRY_AT,
  FLAGS_AT,
  FORMAT,
  FORMAT_AT,
  HASHLESS,
  HEADER_BYTES,
  MASK_AT,
  N_AT,
  NO_CACHE_CONTROL,
  TYPE_BYTES_AT,
  VARIANT_BYTES_AT,
} from "./layout.ts";

/** Content types of plain values are this, the type of what says nothing of itself. */
export const PLAIN_TYPE = "application/octet-stream";

const HEAD_BYTES = HEADER_BYTES + PLAIN_TYPE.length;
const head = new Uint8Array(HEAD_BYTES);
// Typed arrays and not a DataView, for the writes of every SET: each number lies where its size divides.
const expiry = new Float64Array(head.buffer, EXPIRY_AT, 1);
const number = new Float64Array(head.buffer, N_AT, 1);
const bodySize = new Uint32Array(head.buffer, VARIANT_BYTES_AT, 1);
const typeSize = new Uint16Array(head.buffer, TYPE_BYTES_AT, 1);
const cacheControlSize = new Uint16Array(head.buffer, CACHE_CONTROL_BYTES_AT, 1);
head[FORMAT_AT] = FORMAT;
head[MASK_AT] = 1 << IDENTITY;
head[FLAGS_AT] = HASHLESS;
typeSize[0] = PLAIN_TYPE.length;
cacheControlSize[0] = NO_CACHE_CONTROL;
head.set(new TextEncoder().encode(PLAIN_TYPE), HEADER_BYTES);

/** Bytes of the record of a value of `bodyBytes`. */
export function plainRecordBytes(bodyBytes: number): number {
  return HEAD_BYTES + bodyBytes;
}

/** A value as it came in: these bytes from `valueStart` to `valueEnd`. */
export interface PlainValue {
  source: Uint8Array;
  valueStart: number;
  valueEnd: number;
}

/** Writes the record of `value` into `target` at `at`. */
export function writePlainRecord(
  target: Uint8Array,
  at: number,
  n: number,
  expiresAtWallMs: number,
  value: PlainValue,
): void {
  const { source, valueStart, valueEnd } = value;
  expiry[0] = expiresAtWallMs;
  number[0] = n;
  bodySize[0] = valueEnd - valueStart;
  copyBytes(head, 0, HEAD_BYTES, target, at);
  copyBytes(source, valueStart, valueEnd, target, at + HEAD_BYTES);
}
