// Finds a variant's places in a record without decoding it: what an answer of the WebSocket lane is copied from. Hot.

import { CODING_INDEXES, IDENTITY, type CodingIndex } from "../../store/coding.ts";
import { bodyStart, HASHLESS, RecordView } from "../../store/record.ts";
import type { ValuePlaces } from "./writer.ts";

/** Offsets of store/record.ts. */
const EXPIRY_AT = 8;
const HASH_AT = 24;
const VARIANTS_AT = 32;
const HEADER_BYTES = 48;

const scratch = new DataView(new ArrayBuffer(8));

/** Bytes of the variant of `coding`, 0 where there is none; identity may have 0, too. */
function variantBytes(record: Uint8Array, coding: number): number {
  const at = VARIANTS_AT + 4 * coding;
  return (record[at]! | (record[at + 1]! << 8) | (record[at + 2]! << 16) | (record[at + 3]! << 24)) >>> 0;
}

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

/** Wall ms at which `record` expires. */
export function expiryOf(record: Uint8Array): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, record[EXPIRY_AT + i]!);
  return scratch.getFloat64(0, true);
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
    ttlMs: Math.max(0, expiryOf(record) - wallMs),
  };
}
