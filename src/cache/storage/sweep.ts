// The sweep after `revalidate`: checks, a few at a time, every entry that was not checked since. Cold.
import { NONE } from "../bounds.ts";
import type { EntryStorage } from "./entry-storage.ts";

export class Sweep {
  /** The slot that it looks at next; NONE: it is done. */
  #at = NONE;

  /** Begins anew. */
  begin(): void {
    this.#at = 0;
  }

  end(): void {
    this.#at = NONE;
  }

  /** Looks at up to `steps` slots, and has those served whose stamp is not `generation`; how many it looked at. */
  advance(storage: EntryStorage, generation: number, steps: number, serve: (slot: number) => void): number {
    const { slots, items } = storage;
    let examined = 0;
    while (this.#at !== NONE && examined < steps) {
      const slot = this.#at++;
      if (slot >= slots.high) {
        this.#at = NONE;
        break;
      }
      examined++;
      if (slots.isLive(slot) && items.stamp(slot) !== generation) serve(slot);
    }
    return examined;
  }
}
