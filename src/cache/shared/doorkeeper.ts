// Which keys were read lately, by their hashes: what is read for the second time is worth keeping ready. Hot.

const WAYS = 4;
/** A power of two. */
const SETS = 4096;

export class Doorkeeper {
  /** Sets of the last hashes, the newest first. */
  readonly #cells = new Uint32Array(SETS * WAYS);

  /** Whether `hash` was here, among the last of its set. */
  knows(hash: number): boolean {
    const cells = this.#cells;
    const first = (hash & (SETS - 1)) * WAYS;
    for (let at = first; at < first + WAYS; at++) if (cells[at] === hash) return true;
    cells.copyWithin(first + 1, first, first + WAYS - 1);
    cells[first] = hash;
    return false;
  }
}
