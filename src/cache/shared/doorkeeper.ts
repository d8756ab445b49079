// Which keys were read lately, by their hashes: what is read for the second time is worth keeping ready. Hot.

/** A power of two. */
const CELLS = 8192;

export class Doorkeeper {
  readonly #cells = new Uint32Array(CELLS);

  /** Whether `hash` was here, among the last of its cell. */
  knows(hash: number): boolean {
    const at = hash & (CELLS - 1);
    if (this.#cells[at] === hash) return true;
    this.#cells[at] = hash;
    return false;
  }
}
