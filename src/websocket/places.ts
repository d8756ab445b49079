// Finds a variant's places in a record without decoding it: what an answer of the WebSocket lane is copied from. Hot.

import { CODING_INDEXES, IDENTITY, type CodingIndex } from "../record/coding.ts";
import { bodyStart, expiryIn, HASHLESS, RecordView, variantBytes } from "../record/record.ts";
import type { ValuePlaces } from "./writer.ts";

/** Offsets of record/record.ts. */
const HASH_AT = 24;
const HEADER_BYTES = 48;

/** Where a record lies. */
export interface RecordPlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Of the codings in the mask `accepted`, and identity, the smallest variant's in the record at `start`. */
export function smallestCoding(bytes: Uint8Array, start: number, accepted: number): CodingIndex {
  const there = bytes[start + 1]! & accepted;
  let best: CodingIndex = IDENTITY;
  for (const coding of CODING_INDEXES) {
    if (coding === IDENTITY || (there & (1 << coding)) === 0) continue;
    if (variantBytes(bytes, coding, start) < variantBytes(bytes, best, start)) best = coding;
  }
  return best;
}

export function placesOf(
  { bytes, start, end }: RecordPlace,
  coding: CodingIndex,
  freshForMs: number,
  wallMs: number,
): ValuePlaces {
  let bodyAt = bodyStart(bytes, start);
  for (let before = 0; before < coding; before++) bodyAt += variantBytes(bytes, before, start);
  const isHashed = (bytes[start + 3]! & HASHLESS) === 0;
  return {
    typeAt: start + HEADER_BYTES,
    typeBytes: bytes[start + 4]! | (bytes[start + 5]! << 8),
    bodyAt,
    bodyBytes: variantBytes(bytes, coding, start),
    hashAt: start + HASH_AT,
    hash: isHashed ? undefined : new RecordView(bytes.subarray(start, end)).hash,
    freshForMs,
    ttlMs: Math.max(0, expiryIn(bytes, start) - wallMs),
  };
}
