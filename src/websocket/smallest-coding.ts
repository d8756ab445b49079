// Of the codings that a client accepts, the one of which a record has the smallest variant. Hot.

import { CODING_INDEXES, IDENTITY, type CodingIndex } from "../record/coding.ts";
import { maskIn, variantBytes } from "../record/in-place.ts";

/** `accepted` has the bit `coding` set for each that is accepted; identity always is. The record begins at `start`. */
export function smallestCoding(bytes: Uint8Array, start: number, accepted: number): CodingIndex {
  const there = maskIn(bytes, start) & accepted;
  let best: CodingIndex = IDENTITY;
  for (const coding of CODING_INDEXES) {
    if (coding === IDENTITY || (there & (1 << coding)) === 0) continue;
    if (variantBytes(bytes, coding, start) < variantBytes(bytes, best, start)) best = coding;
  }
  return best;
}
