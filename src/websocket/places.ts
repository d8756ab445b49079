// Finds a variant's places in a record without decoding it: what an answer of the WebSocket lane is copied from. Hot.

import { CODING_INDEXES, IDENTITY, type CodingIndex } from "../record/coding.ts";
import {
  expiryIn,
  hasHash,
  maskIn,
  typeBytes,
  typeStart,
  variantBytes,
  variantStart,
} from "../record/in-place.ts";
import { HASH_AT } from "../record/layout.ts";
import { RecordView } from "../record/record.ts";
import type { ValuePlaces } from "./writer.ts";

/** Where a record lies. */
export interface RecordPlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Of the codings in the mask `accepted`, and identity, the smallest variant's in the record at `start`. */
export function smallestCoding(bytes: Uint8Array, start: number, accepted: number): CodingIndex {
  const there = maskIn(bytes, start) & accepted;
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
  return {
    typeAt: typeStart(start),
    typeBytes: typeBytes(bytes, start),
    bodyAt: variantStart(bytes, coding, start),
    bodyBytes: variantBytes(bytes, coding, start),
    hashAt: start + HASH_AT,
    hash: hasHash(bytes, start) ? undefined : new RecordView(bytes.subarray(start, end)).hash,
    freshForMs,
    ttlMs: Math.max(0, expiryIn(bytes, start) - wallMs),
  };
}
