// Ghosts: which keys were evicted lately, without their entries. Hot.

import type { Arena, TableMemory } from "../memory/arena.ts";
import type { StateWords } from "../memory/state-words.ts";

/** A set is one cache line. */
const WAYS = 16;
const CELLS_MIN = 64;
/** A cell is a fingerprint above and a tick below. */
const TICK_BITS = 9;
const TICKS = 1 << TICK_BITS;
const TICK_MASK = TICKS - 1;
/** Cells for each ghost that is to be known: sets are filled unevenly. */
const SPARE_FACTOR = 2;
/** At least as many ghosts come in one round of all ticks, for each cell. */
const SPAN_FACTOR = 4;
/** Larger tables forget when they grow, as copying them would take milliseconds. */
const COPY_CELLS_MAX = 1 << 18;

/** Bytes for `count` entries at most; charged from the start, so that making the table needs no room later. */
export function ghostBytesMax(count: number): number {
  return 8 * SPARE_FACTOR * count + 4 * TICKS;
}

/**
 * A FIFO of ghosts, bounded by their weight together, in a set-associative table of four bytes a ghost: 23 bits of
 * hash, and the tick at which it came, of which there is one for every few ghosts. The weight of each tick's ghosts
 * is kept beside, so that a ghost taken back makes room for others to stay longer, as in a queue. What is over the
 * bound is forgotten a tick at a time, the oldest first; a full set forgets its oldest.
 */
export class Ghosts {
  readonly #memory: TableMemory;
  /** Counts the tables there have been. */
  #turn = 0;
  #cells: Uint32Array;
  #setMask = CELLS_MIN / WAYS - 1;
  /** What the ghosts of each tick weigh together. */
  readonly #weights: Float32Array;
  #untilTick = 1;
  #tick = 0;
  /** Ticks whose ghosts are known still, the present one included. */
  #ticks = 1;
  #weight = 0;

  /** For up to `countMax` entries. */
  constructor(arena: Arena, countMax: number) {
    this.#memory = arena.table(cellsFor(countMax));
    this.#cells = this.#memory.words(0, CELLS_MIN, false);
    this.#weights = arena.float32(TICKS);
  }

  /** Forgets all. */
  clear(): void {
    this.#cells = this.#memory.words(++this.#turn, CELLS_MIN, true);
    this.#setMask = CELLS_MIN / WAYS - 1;
    this.#weights.fill(0);
    this.#untilTick = 1;
    this.#tick = 0;
    this.#ticks = 1;
    this.#weight = 0;
  }

  transfer(state: StateWords): void {
    const turn = state.number(this.#turn);
    const length = state.number(this.#cells.length);
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#cells = this.#memory.words(turn, length, false);
      this.#setMask = length / WAYS - 1;
    }
    this.#untilTick = state.number(this.#untilTick);
    this.#tick = state.number(this.#tick);
    this.#ticks = state.number(this.#ticks);
    this.#weight = state.number(this.#weight);
  }

  get bytes(): number {
    return this.#cells.byteLength + this.#weights.byteLength;
  }

  /** Makes room for about `count` ghosts, if there is less. */
  reserve(count: number): void {
    const old = this.#cells;
    if (count <= old.length) return;
    const length = cellsFor(count);
    const cells = this.#memory.words(++this.#turn, length, true);
    // Which of its new sets a ghost belongs to is not known, so it is copied to all; only its own hash matches it.
    if (length <= COPY_CELLS_MAX) for (let at = 0; at < length; at += old.length) cells.set(old, at);
    this.#cells = cells;
    this.#setMask = length / WAYS - 1;
  }

  /** Takes one in, and forgets the oldest as long as all weigh more than `weightMax`. */
  add(hash: number, weight: number, weightMax: number): void {
    const cells = this.#cells;
    const tick = this.#tick;
    const start = (hash & this.#setMask) * WAYS;
    let oldest = start;
    let ageMax = -1;
    for (let at = start; at < start + WAYS; at++) {
      const cell = cells[at]!;
      const age = cell === 0 ? TICKS : (tick - cell) & TICK_MASK;
      if (age > ageMax) {
        ageMax = age;
        oldest = at;
      }
    }
    cells[oldest] = ((tagOf(hash) << TICK_BITS) | tick) >>> 0;
    this.#weigh(tick, weight);
    if (--this.#untilTick === 0) this.#advance();
    while (this.#isOver(weightMax)) this.#forgetOldest();
  }

  /** Whether it is known; if so it is forgotten. */
  take(hash: number, weight: number): boolean {
    const cells = this.#cells;
    const tag = tagOf(hash);
    const start = (hash & this.#setMask) * WAYS;
    for (let at = start; at < start + WAYS; at++) {
      const cell = cells[at]!;
      if (cell >>> TICK_BITS !== tag || ((this.#tick - cell) & TICK_MASK) >= this.#ticks) continue;
      cells[at] = 0;
      this.#weigh(cell & TICK_MASK, -weight);
      return true;
    }
    return false;
  }

  /** Counts what a float can keep of it, so that nothing is left over when the tick is forgotten. */
  #weigh(tick: number, weight: number): void {
    const before = this.#weights[tick]!;
    this.#weights[tick] = Math.max(0, before + weight);
    this.#weight += this.#weights[tick] - before;
  }

  #advance(): void {
    this.#untilTick = Math.max(1, (this.#cells.length * SPAN_FACTOR) / TICKS);
    if (this.#ticks === TICKS) this.#forgetOldest();
    this.#tick = (this.#tick + 1) & TICK_MASK;
    this.#ticks++;
  }

  /** Half of the oldest tick may be too much, as half of it on average would be gone from a queue. */
  #isOver(weightMax: number): boolean {
    return this.#ticks > 1 && this.#weight - this.#weights[this.#oldestTick()]! / 2 > weightMax;
  }

  #oldestTick(): number {
    return (this.#tick - this.#ticks + 1) & TICK_MASK;
  }

  #forgetOldest(): void {
    const oldest = this.#oldestTick();
    this.#weight -= this.#weights[oldest]!;
    this.#weights[oldest] = 0;
    this.#ticks--;
  }
}

/** A power of two. */
function cellsFor(count: number): number {
  return Math.max(CELLS_MIN, 2 ** Math.ceil(Math.log2(count * SPARE_FACTOR)));
}

/** Never 0, and of other bits than the set. */
function tagOf(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> TICK_BITS) | 1;
}
