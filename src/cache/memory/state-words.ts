// The numbers that one process leaves to the next that writes a shard: all fields that are no arrays. Hot.

/**
 * A structure that several processes write in turns keeps its numbers in plain fields, as one that is its process's own
 * does. Its `transfer` puts each of them through here: at the end of a turn they are saved to shared words, and at the
 * beginning of the next turn, if another process had one between, they are taken from there.
 */
export class StateWords {
  readonly #words: Float64Array;
  #isSaving = false;
  #at = 0;

  constructor(words: Float64Array) {
    this.#words = words;
  }

  begin(isSaving: boolean): void {
    this.#isSaving = isSaving;
    this.#at = 0;
  }

  /** Saves `value` and returns it, or returns what was saved in its place. */
  number(value: number): number {
    const at = this.#at++;
    if (this.#isSaving) {
      this.#words[at] = value;
      return value;
    }
    return this.#words[at]!;
  }

  get isSaving(): boolean {
    return this.#isSaving;
  }

  /** How many numbers have been handed over since `begin`. */
  get count(): number {
    return this.#at;
  }

  /** Leaves out the saving of `count` numbers: they are what was saved last. */
  skip(count: number): void {
    this.#at += count;
  }

  flag(value: boolean): boolean {
    return this.number(value ? 1 : 0) === 1;
  }
}
