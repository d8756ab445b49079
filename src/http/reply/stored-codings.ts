// The codings that a record holds in the order of their sizes; equal orders are one array. Hot in part.

import { CODING_INDEXES, IDENTITY, type CodingIndex } from "../../record/coding.ts";
import { maskIn, variantBytes } from "../../record/in-place.ts";

const IDENTITY_ALONE: readonly CodingIndex[] = [IDENTITY];
/** Every order seen so far, 64 at the most: arrays that all entries share are in the processor's cache. */
const orders = new Map<string, readonly CodingIndex[]>();

/** The codings that the record at `start` holds, from the smallest variant to the largest. */
export function codingsBySizeIn(bytes: Uint8Array, start: number): readonly CodingIndex[] {
  const available = maskIn(bytes, start);
  if (available === 1 << IDENTITY) return IDENTITY_ALONE;
  const order = CODING_INDEXES.filter((coding) => (available & (1 << coding)) !== 0).sort(
    (a, b) => variantBytes(bytes, a, start) - variantBytes(bytes, b, start),
  );
  const name = order.join();
  const known = orders.get(name);
  if (known !== undefined) return known;
  orders.set(name, order);
  return order;
}
