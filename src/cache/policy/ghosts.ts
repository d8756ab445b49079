// Ghosts: which keys were evicted lately, without their entries. Hot.

const WAYS = 4;
const CELLS_MIN = 64;
/** A cell is a fingerprint above and a time below; the times of all ghosts span at most 2^TIME_BITS / 4. */
const TIME_BITS = 16;
const TIME_MASK = (1 << TIME_BITS) - 1;

/**
 * A set-associative table of four bytes a ghost: 16 bits of hash, 16 bits of when. Time is counted in evictions; the
 * oldest of a set is overwritten. When it has to grow it forgets everything, which happens once a doubling.
 */
export class Ghosts {
  #cells = new Uint32Array(CELLS_MIN);
  #setMask = CELLS_MIN / WAYS - 1;
  #evictions = 0;
  /** Evictions are counted coarsely, by 2^shift. */
  #shift = 0;

  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** Sees to room for `count` ghosts. */
  reserve(count: number): void {
    if (count <= this.#cells.length) return;
    const cells = 2 ** Math.ceil(Math.log2(count * 1.25));
    this.#cells = new Uint32Array(cells);
    this.#setMask = cells / WAYS - 1;
    this.#shift = Math.max(0, Math.log2(cells) - (TIME_BITS - 2));
  }

  add(hash: number): void {
    const cells = this.#cells;
    const now = (++this.#evictions >>> this.#shift) & TIME_MASK;
    const start = (hash & this.#setMask) * WAYS;
    let oldest = start;
    let age = -1;
    for (let at = start; at < start + WAYS; at++) {
      const cell = cells[at]!;
      const cellAge = cell === 0 ? TIME_MASK + 1 : (now - cell) & TIME_MASK;
      if (cellAge > age) {
        age = cellAge;
        oldest = at;
      }
    }
    cells[oldest] = ((tagOf(hash) << TIME_BITS) | now) >>> 0;
  }

  /** Whether it was evicted within the last `length` evictions; if so it is forgotten. */
  take(hash: number, length: number): boolean {
    const cells = this.#cells;
    const now = (this.#evictions >>> this.#shift) & TIME_MASK;
    const tag = tagOf(hash);
    const start = (hash & this.#setMask) * WAYS;
    for (let at = start; at < start + WAYS; at++) {
      const cell = cells[at]!;
      if (cell >>> TIME_BITS !== tag) continue;
      if (((now - cell) & TIME_MASK) << this.#shift > length) continue;
      cells[at] = 0;
      return true;
    }
    return false;
  }
}

/** Never 0, and of other bits than the set. */
function tagOf(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> TIME_BITS) | 1;
}
