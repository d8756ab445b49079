// Puts the values that the load asks for into a table. Cold.

import { noise, pathOf, VALUE_BYTES } from "../load/value.ts";
import { SharedTable } from "./shared-table.ts";

/** The number by which whoever fills a table signs its locks. */
const FILLER = 63;

/** The key that `/cache/KEY` of the load's path number `i` names. */
export function keyOf(i: number): string {
  return pathOf(i).slice("/cache/".length);
}

export function fillTable(memory: ArrayBufferLike, keys: number): void {
  const table = new SharedTable(memory, FILLER, () => true);
  for (let i = 0; i < keys; i++) table.set(keyOf(i), noise(VALUE_BYTES, i + 1));
}
