// A frequency sketch: about how often a hash was seen lately, in half a byte a counter. Hot.

import type { Arena, TableMemory } from "../memory/arena.ts";
import type { StateWords } from "../memory/state-words.ts";

const WORDS_MIN = 64;
/** Counters are halved about every this many increments for each counter word. */
const SAMPLE_FACTOR = 10;
const WORDS_AN_ENTRY = 4;
const GENEROUS_WORDS_MAX = 1 << 18;
const HALVES = 0x77777777;
const COUNT_MAX = 15;
const BLOCK_WORDS = 8;
/** Words that one call of `reserve` copies to a larger table: a few microseconds' worth. */
const COPY_WORDS = 4096;

/**
 * A count-min sketch of 4-bit counters (TinyLFU: Einziger, Friedman & Manes, ACM ToS 2017), eight to a word, four
 * for a hash, all in one block of eight words so that one cache line is touched. It ages a word at a time as it is
 * used, not all at once, so no increment pays for all. It grows in steps likewise: blocks below `#copied` are in the
 * larger table already.
 */
export class Sketch {
  readonly #memory: TableMemory;
  /** Counts the tables there have been, the next one not included. */
  #turn = 0;
  #words: Uint32Array;
  #blockMask = WORDS_MIN / BLOCK_WORDS - 1;
  /** The larger table to come, else nothing; then no block of it is copied. */
  #next: Uint32Array | undefined;
  #nextBlockMask = 0;
  #copied = 0;
  #hand = 0;
  #untilAge = SAMPLE_FACTOR;

  /** For up to `countMax` entries. */
  constructor(arena: Arena, countMax: number) {
    this.#memory = arena.table(lengthFor(countMax));
    this.#words = this.#memory.words(0, WORDS_MIN, false);
  }

  /** Forgets all. */
  clear(): void {
    this.#use(this.#memory.words(++this.#turn, WORDS_MIN, true));
    this.#hand = 0;
    this.#untilAge = SAMPLE_FACTOR;
  }

  transfer(state: StateWords): void {
    const turn = state.number(this.#turn);
    const length = state.number(this.#words.length);
    const nextLength = state.number(this.#next?.length ?? 0);
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#use(this.#memory.words(turn, length, false));
    }
    if (nextLength > 0 && this.#next?.length !== nextLength) {
      this.#begin(this.#memory.words(turn + 1, nextLength, false));
    }
    this.#copied = state.number(this.#copied);
    this.#hand = state.number(this.#hand);
    this.#untilAge = state.number(this.#untilAge);
  }

  get bytes(): number {
    return this.#words.byteLength + (this.#next?.byteLength ?? 0);
  }

  /**
   * Makes counters for `count` entries, if there are fewer, a step at each call. Growing forgets nothing: each block is
   * copied to where its hashes go then.
   */
  reserve(count: number): void {
    if (this.#next === undefined) {
      const wanted = wordsOf(count);
      if (wanted <= this.#words.length) return;
      this.#begin(this.#memory.words(this.#turn + 1, lengthFor(count), true));
    }
    this.#copy(this.#next!);
  }

  increment(hash: number): void {
    const isCopied = (hash & this.#nextBlockMask) >>> 0 < this.#copied;
    const words = isCopied ? this.#next! : this.#words;
    const spread = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
    const block = (hash & (isCopied ? this.#nextBlockMask : this.#blockMask)) << 3;
    for (let row = 0; row < 4; row++) {
      const bits = (spread >>> (row << 3)) & 0xff;
      const at = block + (row << 1) + (bits & 1);
      const shift = (bits >>> 1) & 0x1c;
      const word = words[at]!;
      if (((word >>> shift) & COUNT_MAX) < COUNT_MAX) words[at] = word + (1 << shift);
    }
    if (--this.#untilAge === 0) this.#age();
  }

  estimate(hash: number): number {
    const isCopied = (hash & this.#nextBlockMask) >>> 0 < this.#copied;
    const words = isCopied ? this.#next! : this.#words;
    const spread = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
    const block = (hash & (isCopied ? this.#nextBlockMask : this.#blockMask)) << 3;
    let least = COUNT_MAX;
    for (let row = 0; row < 4; row++) {
      const bits = (spread >>> (row << 3)) & 0xff;
      const count = (words[block + (row << 1) + (bits & 1)]! >>> ((bits >>> 1) & 0x1c)) & COUNT_MAX;
      if (count < least) least = count;
    }
    return least;
  }

  #begin(next: Uint32Array): void {
    this.#next = next;
    this.#nextBlockMask = next.length / BLOCK_WORDS - 1;
  }

  #use(words: Uint32Array): void {
    this.#words = words;
    this.#blockMask = words.length / BLOCK_WORDS - 1;
    this.#next = undefined;
    this.#nextBlockMask = 0;
    this.#copied = 0;
  }

  #copy(next: Uint32Array): void {
    const words = this.#words;
    const from = this.#copied * BLOCK_WORDS;
    const to = Math.min(next.length, from + COPY_WORDS);
    if (words.length >= COPY_WORDS)
      next.set(words.subarray(from & (words.length - 1)).subarray(0, to - from), from);
    else for (let at = from; at < to; at++) next[at] = words[at & (words.length - 1)]!;
    this.#copied = to / BLOCK_WORDS;
    if (to < next.length) return;
    this.#turn++;
    this.#use(next);
  }

  #age(): void {
    this.#untilAge = SAMPLE_FACTOR;
    const at = this.#hand;
    const words = this.#words;
    words[at] = (words[at]! >>> 1) & HALVES;
    this.#hand = at + 1 === words.length ? 0 : at + 1;
  }
}

/** Small caches can afford four words an entry, which is a longer memory; large ones have one. */
function wordsOf(count: number): number {
  return Math.max(count, Math.min(WORDS_AN_ENTRY * count, GENEROUS_WORDS_MAX));
}

/** The same as a power of two. */
function lengthFor(count: number): number {
  return Math.max(WORDS_MIN, 2 ** Math.ceil(Math.log2(wordsOf(count))));
}

/** Bytes of a sketch for `count` entries at most, while it grows too; charged from the start, so that making it needs no room later. */
export function sketchBytesMax(count: number): number {
  return 2 * 4 * wordsOf(count);
}
