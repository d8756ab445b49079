// The slots of keys that are about to be sought, found together so that their memory arrives together. Hot.

import { NONE } from "../bounds.ts";
import { KEY_ROW_MAX } from "../key-row.ts";
import type { KeyRow } from "../key-row.ts";
import type { KeyBytes } from "../storage/key-bytes.ts";
import type { EntryStorage } from "../storage/entry-storage.ts";

/**
 * A look-up waits for main memory more than it computes, and the next one begins only when it is done. Here the items
 * of many keys are touched in one short loop, whose loads the processor has under way side by side; the hashes are
 * computed in a loop before it. What is kept is a guess by hash: whoever takes it compares the key.
 */
export class Prefetch {
  /** What the touched words add up to, so that touching them is not left out. */
  touched = 0;
  readonly #starts = new Int32Array(KEY_ROW_MAX);
  readonly #slots = new Int32Array(KEY_ROW_MAX);
  #source: Uint8Array | undefined;
  #count = 0;
  #at = 0;

  look(source: Uint8Array, row: KeyRow, keys: KeyBytes, storage: EntryStorage): void {
    const { starts, ends, count } = row;
    const { items } = storage;
    const slots = this.#slots;
    for (let i = 0; i < count; i++) {
      const start = starts[i]!;
      this.#starts[i] = start;
      slots[i] = keys.measureBytes(source, start, ends[i]!) ? storage.guess(keys.hash) : NONE;
    }
    let touched = 0;
    for (let i = 0; i < count; i++) if (slots[i] !== NONE) touched += items.touch(slots[i]!);
    this.touched = touched;
    this.#source = source;
    this.#count = count;
    this.#at = 0;
  }

  /** The slot that is likely to have the key at `start` of `source`, or NONE. */
  take(source: Uint8Array, start: number): number {
    const at = this.#at;
    if (at >= this.#count || this.#starts[at] !== start || this.#source !== source) return NONE;
    this.#at = at + 1;
    return this.#slots[at]!;
  }

  /** Nothing is prefetched: slots have other meanings now. */
  forget(): void {
    this.#count = 0;
    this.#source = undefined;
  }
}
