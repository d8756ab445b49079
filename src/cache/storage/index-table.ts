// From a key's hash to the slots that have it: linear hashing, which grows by one bucket at a time. Hot.
import { NONE } from "../bounds.ts";
import type { Arena } from "../memory/arena.ts";
import { discardPages } from "../memory/discard-pages.ts";
import type { Slots } from "./slots.ts";
import type { StateWords } from "../memory/state-words.ts";

const BUCKETS_MIN = 64;
/** The word that is odd while chains are being changed, and 2 more after each change. */
export const STRUCTURE = 0;
/** The word with the number of buckets. */
export const BUCKETS = 1;
/** One cache line. */
const WORDS = 16;

/**
 * Chains through `slots.next`, heads here as slot + 1. With n entries there are about n buckets: each insertion
 * splits at most one (Litwin, VLDB 1980), so no single one pays for growth.
 */
export class IndexTable {
  readonly #slots: Slots;
  /** Of each bucket its first slot + 1. */
  readonly heads: Int32Array;
  /** For those who read a shared table without a lock: the words STRUCTURE and BUCKETS. */
  readonly words: Int32Array;
  #buckets = BUCKETS_MIN;
  /** The power of two at or below `#buckets`. */
  #base = BUCKETS_MIN;

  constructor(slots: Slots, arena: Arena) {
    this.#slots = slots;
    this.words = arena.int32(WORDS);
    this.heads = arena.int32(Math.max(BUCKETS_MIN, slots.capacity) + 1);
  }

  transfer(state: StateWords): void {
    this.#buckets = state.number(this.#buckets);
    this.#base = state.number(this.#base);
  }

  /** Forgets all slots; costs nothing. */
  clear(): void {
    this.#beginChange();
    this.heads.fill(0, 0, BUCKETS_MIN);
    this.#buckets = BUCKETS_MIN;
    this.#base = BUCKETS_MIN;
    this.words[BUCKETS] = BUCKETS_MIN;
    this.#endChange();
  }

  /** Gives the memory of the buckets from `from` to `to`, as far as they are not in use, back to the system. */
  release(from: number, to: number): boolean {
    return discardPages(this.heads, Math.max(from, this.#buckets), to, this.#slots.isShared);
  }

  /** The first slot of the hash's bucket, or NONE; follow `slots.next`. */
  first(hash: number): number {
    return this.heads[this.#bucketOf(hash)]! - 1;
  }

  add(slot: number): void {
    const slots = this.#slots;
    const bucket = this.#bucketOf(slots.hash[slot]!);
    slots.next[slot] = this.heads[bucket]! - 1;
    // Whoever meets the slot in the chain is to see where it leads on: not all processors keep stores in order.
    if (slots.isShared) Atomics.add(this.words, STRUCTURE, 0);
    this.heads[bucket] = slot + 1;
    if (slots.live > this.#buckets && this.#buckets < this.heads.length - 1) this.#split();
  }

  remove(slot: number): void {
    const { hash, next } = this.#slots;
    const bucket = this.#bucketOf(hash[slot]!);
    let at = this.heads[bucket]! - 1;
    this.#beginChange();
    if (at === slot) {
      this.heads[bucket] = next[slot]! + 1;
    } else {
      while (next[at] !== slot) at = next[at]!;
      next[at] = next[slot]!;
    }
    this.#endChange();
  }

  /** Throws unless each live slot is in its chain, once. */
  verify(): void {
    const slots = this.#slots;
    let seen = 0;
    for (let bucket = 0; bucket < this.#buckets; bucket++) {
      for (let slot = this.heads[bucket]! - 1; slot !== NONE; slot = slots.next[slot]!) {
        if (!slots.isLive(slot)) throw new Error(`bucket ${bucket} has the free slot ${slot}`);
        if (this.#bucketOf(slots.hash[slot]!) !== bucket)
          throw new Error(`slot ${slot} is in a wrong bucket`);
        if (++seen > slots.live) throw new Error("the index has more slots than are live");
      }
    }
    if (seen !== slots.live) throw new Error(`the index has ${seen} of ${slots.live} slots`);
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (2 * this.#base - 1);
    return bucket < this.#buckets ? bucket : bucket & (this.#base - 1);
  }

  /** Deals the chain of the oldest unsplit bucket out to itself and a new last bucket. */
  #split(): void {
    const { hash, next } = this.#slots;
    const heads = this.heads;
    const from = this.#buckets - this.#base;
    let slot = heads[from]! - 1;
    this.#beginChange();
    heads[from] = 0;
    heads[this.#buckets] = 0;
    this.#buckets++;
    if (this.#buckets === 2 * this.#base) this.#base = this.#buckets;
    this.words[BUCKETS] = this.#buckets;
    while (slot !== NONE) {
      const following = next[slot]!;
      const bucket = this.#bucketOf(hash[slot]!);
      next[slot] = heads[bucket]! - 1;
      heads[bucket] = slot + 1;
      slot = following;
    }
    this.#endChange();
  }

  /** Chains will lead elsewhere. A slot that is put first in a chain changes nothing for those who walk it. */
  #beginChange(): void {
    if (this.#slots.isShared) Atomics.or(this.words, STRUCTURE, 1);
  }

  #endChange(): void {
    if (this.#slots.isShared) Atomics.add(this.words, STRUCTURE, 1);
  }
}
