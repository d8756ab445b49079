// Records of plain values, written straight to where they are kept: one type, no tags, no variants, no hash yet. Hot.

import { copyBytes } from "../base/copy-bytes.ts";
import { FORMAT, HASHLESS, HEADER_BYTES, NO_CACHE_CONTROL } from "./record.ts";

/** Content types of plain values are this, the type of what says nothing of itself. */
export const PLAIN_TYPE = "application/octet-stream";

const HEAD_BYTES = HEADER_BYTES + PLAIN_TYPE.length;
const head = new Uint8Array(HEAD_BYTES);
const numbers = new Float64Array(head.buffer, 8, 2);
const sizes = new Uint32Array(head.buffer, 32, 4);
head.set([FORMAT, 1, 0, HASHLESS, PLAIN_TYPE.length, 0, NO_CACHE_CONTROL & 255, NO_CACHE_CONTROL >> 8]);
head.set(new TextEncoder().encode(PLAIN_TYPE), HEADER_BYTES);

/** Bytes of the record of a value of `bodyBytes`. */
export function plainRecordBytes(bodyBytes: number): number {
  return HEAD_BYTES + bodyBytes;
}

/** Writes the record of the value from `start` to `end` of `source` into `target` at `at`. */
export function writePlainRecord(
  target: Uint8Array,
  at: number,
  n: number,
  expiresAtWallMs: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  numbers[0] = expiresAtWallMs;
  numbers[1] = n;
  sizes[0] = end - start;
  copyBytes(head, 0, HEAD_BYTES, target, at);
  copyBytes(source, start, end, target, at + HEAD_BYTES);
}
