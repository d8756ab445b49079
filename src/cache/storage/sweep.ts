// The sweep after `revalidate()`: asks, a little at a time, about every entry that was not asked about since. Cold.
//
// It goes round and round while there is cause. A call of `revalidate()` during a round starts none anew: the round
// goes on against the newest generation, and another follows, so that each cause is dealt with after two at the most.
import { NONE } from "../bounds.ts";
import type { EntryStorage } from "./entry-storage.ts";
import type { StateWords } from "../memory/state-words.ts";

export class Sweep {
  /** Every entry present has been asked about since this generation began. */
  checked = 0;
  /** The slot that it looks at next; NONE: it is done. */
  #at = NONE;
  /** The generation when the round began. */
  #round = 0;

  transfer(state: StateWords): void {
    this.checked = state.number(this.checked);
    this.#at = state.number(this.#at);
    this.#round = state.number(this.#round);
  }

  begin(generation: number): void {
    if (this.#at !== NONE) return;
    this.#at = 0;
    this.#round = generation;
  }

  /** There is nothing left to ask about. */
  end(generation: number): void {
    this.#at = NONE;
    this.checked = generation;
  }

  /** Looks at up to `steps` slots, and has those served whose stamp is not `generation`; how many it looked at. */
  advance(storage: EntryStorage, generation: number, steps: number, serve: (slot: number) => void): number {
    const { slots, items } = storage;
    let examined = 0;
    while (this.#at !== NONE && examined < steps) {
      const slot = this.#at++;
      if (slot >= slots.high) {
        this.checked = this.#round;
        this.#at = this.#round === generation ? NONE : 0;
        this.#round = generation;
        continue;
      }
      examined++;
      if (slots.isLive(slot) && items.stamp(slot) !== generation) serve(slot);
    }
    return examined;
  }
}
