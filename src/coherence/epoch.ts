// Epochs: a UUID whose first four groups name the birth of a sequence, and whose last one the run of Redis that it is in.
//
// Numbers of one birth can be compared, whatever runs lie between: they only ever grow. After a loss of the sequence
// another is born, and whatever has another birth is older than everything.

import { BIRTH_CHARS, EPOCH_CHARS } from "../record/layout.ts";

/** The number that an entry of `epoch` and `n` counts as while the sequence's epoch is `current`. */
export function numberWithin(current: string, epoch: string, n: number): number {
  return isSameBirth(current, epoch) ? n : 0;
}

function isSameBirth(a: string, b: string): boolean {
  return a.length === EPOCH_CHARS && a.slice(0, BIRTH_CHARS) === b.slice(0, BIRTH_CHARS);
}
