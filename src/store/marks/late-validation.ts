// What an engine is made with that is there before its store: until the store is known, all entries are valid. Cold.

import type { Entry, Validation } from "../../cache/engine.ts";
import { traitsIn } from "../../record/tag-traits.ts";

export class LateValidation<M> implements Validation<M> {
  readonly traitsOf = traitsIn;
  #store: Validation<M> | undefined;

  readonly isValid = (entry: Entry<M>, generation: number): boolean =>
    this.#store?.isValid(entry, generation) ?? true;

  readonly suspectsSince = (generation: number): readonly number[] =>
    this.#store?.suspectsSince(generation) ?? [];

  /** From now on the store is asked. */
  settle(store: Validation<M>): void {
    this.#store = store;
  }
}
