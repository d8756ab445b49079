// Finds a variant's places in a record without decoding it: what an answer of the WebSocket lane is copied from. Hot.

import { CODING_INDEXES, IDENTITY, type CodingIndex } from "../../store/coding.ts";
import { bodyStart, expiryIn, HASHLESS, RecordView, variantBytes } from "../../store/record.ts";
import type { ValuePlaces } from "./writer.ts";

/** Offsets of store/record.ts. */
const HASH_AT = 24;
const HEADER_BYTES = 48;

/** Of the codings in the mask `accepted`, and identity, the smallest variant's. */
export function smallestCoding(record: Uint8Array, accepted: number): CodingIndex {
  const there = record[1]! & accepted;
  let best: CodingIndex = IDENTITY;
  for (const coding of CODING_INDEXES) {
    if (coding === IDENTITY || (there & (1 << coding)) === 0) continue;
    if (variantBytes(record, coding) < variantBytes(record, best)) best = coding;
  }
  return best;
}

export function placesOf(
  record: Uint8Array,
  coding: CodingIndex,
  freshForMs: number,
  wallMs: number,
): ValuePlaces {
  let bodyAt = bodyStart(record);
  for (let before = 0; before < coding; before++) bodyAt += variantBytes(record, before);
  return {
    typeAt: HEADER_BYTES,
    typeBytes: record[4]! | (record[5]! << 8),
    bodyAt,
    bodyBytes: variantBytes(record, coding),
    hashAt: HASH_AT,
    hash: (record[3]! & HASHLESS) === 0 ? undefined : new RecordView(record).hash,
    freshForMs,
    ttlMs: Math.max(0, expiryIn(record) - wallMs),
  };
}
