// Ghosts: which keys were evicted lately, without their entries. Hot.

const WAYS = 8;
const CELLS_MIN = 64;
/** A cell is a fingerprint above and a time below. */
const TIME_BITS = 16;
const TIME_MASK = (1 << TIME_BITS) - 1;
/** Time goes on by one for this share of the capacity evicted; a whole capacity is far from wrapping round. */
const TIMES_PER_CAPACITY = 8192;
/** Cells for each ghost that is to be known. */
const SPARE_FACTOR = 1.25;

/**
 * A set-associative table of four bytes a ghost: 16 bits of hash, 16 bits of when. Time is counted in weight evicted,
 * so the table is as long as a queue of that weight would be; the oldest of a set is overwritten. When the entries
 * double or the capacity changes much, it forgets everything.
 */
export class Ghosts {
  #cells = new Uint32Array(CELLS_MIN);
  #setMask = CELLS_MIN / WAYS - 1;
  #capacity = 0;
  #evictedWeight = 0;
  #timeWeight = 1;

  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** Sees to room for `count` ghosts of `capacity` together. */
  reserve(count: number, capacity: number): void {
    const isOtherTime = capacity > 2 * this.#capacity || capacity < this.#capacity / 4;
    if (count <= this.#cells.length && !isOtherTime) return;
    const cells = 2 ** Math.ceil(Math.log2(Math.max(CELLS_MIN, count * SPARE_FACTOR)));
    this.#cells = new Uint32Array(cells);
    this.#setMask = cells / WAYS - 1;
    this.#capacity = capacity;
    this.#timeWeight = Math.max(1, capacity / TIMES_PER_CAPACITY);
  }

  add(hash: number, weight: number): void {
    this.#evictedWeight += weight;
    const cells = this.#cells;
    const now = this.#now();
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

  /** Whether it was evicted within the last `weight` of evictions; if so it is forgotten. */
  take(hash: number, weight: number): boolean {
    const cells = this.#cells;
    const now = this.#now();
    const tag = tagOf(hash);
    const ageMax = weight / this.#timeWeight;
    const start = (hash & this.#setMask) * WAYS;
    for (let at = start; at < start + WAYS; at++) {
      const cell = cells[at]!;
      if (cell >>> TIME_BITS !== tag || ((now - cell) & TIME_MASK) > ageMax) continue;
      cells[at] = 0;
      return true;
    }
    return false;
  }

  #now(): number {
    return Math.floor(this.#evictedWeight / this.#timeWeight) & TIME_MASK;
  }
}

/** Never 0, and of other bits than the set. */
function tagOf(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> TIME_BITS) | 1;
}
