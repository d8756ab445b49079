// What is written of an entry besides its key and its record: an object that its owner fills anew each time. Hot.
import { NONE } from "../bounds.ts";

export class EntryWrite {
  /** The slot that the key has already, or NONE. */
  found = NONE;
  recordBytes = 0;
  version = 0;
  expiresAtMs = 0;
  /** As Slots has them. */
  traits = 0;
  /** The generation in which the entry is valid. */
  stamp = 0;
  nowMs = 0;
}
