// A table of 64-bit hashes and values of 1 KiB in memory that several workers see; a look-up takes no lock. Hot.

import { copyBytes } from "../../src/base/bytes/copy-bytes.ts";
import { VALUE_BYTES } from "../load/value.ts";

const SHARDS = 16;
const SHARD_SLOTS = 8_192;
const WORKERS_MAX = 64;
/** Words of 64 bytes, a cache line: what different workers write lies in different ones. */
const LINE_WORDS = 16;

/** Words of a slot. */
const LOW_WORD = 0;
const HIGH_WORD = 1;
/** Odd while the slot is being written; changed by each write. */
const SEQUENCE_WORD = 2;
const SLOT_WORDS = 4;

const FENCES_AT = SHARDS * LINE_WORDS;
const SLOTS_AT = FENCES_AT + WORKERS_MAX * LINE_WORDS;
const SHARD_WORDS = SHARD_SLOTS * SLOT_WORDS;
const SLAB_AT = (SLOTS_AT + SHARDS * SHARD_WORDS) * 4;

/** Tries to take a lock before its holder is looked after. */
const SPINS = 20_000;

export const TABLE_BYTES = SLAB_AT + SHARDS * SHARD_SLOTS * VALUE_BYTES;

export class SharedTable {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  /** 1 … 63; in the lock words of the shards that this worker writes to. */
  readonly #worker: number;
  readonly #fenceAt: number;
  readonly #isAlive: (worker: number) => boolean;
  /** The last hash. */
  #low = 0;
  #high = 0;

  constructor(memory: ArrayBufferLike, worker: number, isAlive: (worker: number) => boolean) {
    this.#words = new Int32Array(memory, 0, SLAB_AT / 4);
    // The type knows plain buffers alone; the bytes are the same.
    this.#bytes = Buffer.from(memory as ArrayBuffer);
    this.#worker = worker;
    this.#fenceAt = FENCES_AT + worker * LINE_WORDS;
    this.#isAlive = isAlive;
  }

  /** The word where the key's slot begins, or -1. */
  find(key: string): number {
    this.#hash(key);
    const words = this.#words;
    const low = this.#low;
    const shardAt = SLOTS_AT + (this.#high & (SHARDS - 1)) * SHARD_WORDS;
    for (let slot = low & (SHARD_SLOTS - 1), tries = 0; tries < SHARD_SLOTS; tries++) {
      const at = shardAt + slot * SLOT_WORDS;
      const found = words[at + LOW_WORD]!;
      if (found === low && words[at + HIGH_WORD] === this.#high) return at;
      if (found === 0) return -1;
      slot = (slot + 1) & (SHARD_SLOTS - 1);
    }
    return -1;
  }

  /** Copies the value of the slot found last; nothing tells whether it was written meanwhile. */
  copy(at: number, target: Uint8Array): void {
    const start = SLAB_AT + ((at - SLOTS_AT) / SLOT_WORDS) * VALUE_BYTES;
    copyBytes(this.#bytes, start, start + VALUE_BYTES, target, 0);
  }

  /** As `copy`; `false`: it was written meanwhile. The sequence is read by `Atomics.load`. */
  copyByAtomicLoads(at: number, target: Uint8Array): boolean {
    const words = this.#words;
    const sequence = Atomics.load(words, at + SEQUENCE_WORD);
    this.copy(at, target);
    return this.#isWhole(at, sequence) && Atomics.load(words, at + SEQUENCE_WORD) === sequence;
  }

  /**
   * As `copy`; `false`: it was written meanwhile. The sequence is read by plain loads, kept in their place by additions
   * of 0 to a word that no other worker touches.
   */
  copyFenced(at: number, target: Uint8Array): boolean {
    const words = this.#words;
    const sequence = words[at + SEQUENCE_WORD]!;
    Atomics.add(words, this.#fenceAt, 0);
    this.copy(at, target);
    const isWhole = this.#isWhole(at, sequence);
    Atomics.add(words, this.#fenceAt, 0);
    return isWhole && words[at + SEQUENCE_WORD] === sequence;
  }

  set(key: string, value: Uint8Array): void {
    this.#hash(key);
    const shard = this.#high & (SHARDS - 1);
    this.#lock(shard);
    const at = this.#slotToWrite(shard);
    const words = this.#words;
    Atomics.add(words, at + SEQUENCE_WORD, 1);
    words[at + HIGH_WORD] = this.#high;
    words[at + LOW_WORD] = this.#low;
    const start = SLAB_AT + ((at - SLOTS_AT) / SLOT_WORDS) * VALUE_BYTES;
    copyBytes(value, 0, VALUE_BYTES, this.#bytes, start);
    Atomics.add(words, at + SEQUENCE_WORD, 1);
    Atomics.store(words, shard * LINE_WORDS, 0);
  }

  /** Takes the key's shard, begins to write the key's slot and leaves both so: what a worker that dies there leaves. */
  abandon(key: string): void {
    this.#hash(key);
    const shard = this.#high & (SHARDS - 1);
    this.#lock(shard);
    Atomics.add(this.#words, this.#slotToWrite(shard) + SEQUENCE_WORD, 1);
  }

  #isWhole(at: number, sequence: number): boolean {
    const words = this.#words;
    return (sequence & 1) === 0 && words[at + LOW_WORD] === this.#low && words[at + HIGH_WORD] === this.#high;
  }

  #slotToWrite(shard: number): number {
    const words = this.#words;
    const shardAt = SLOTS_AT + shard * SHARD_WORDS;
    for (let slot = this.#low & (SHARD_SLOTS - 1), tries = 0; tries < SHARD_SLOTS; tries++) {
      const at = shardAt + slot * SLOT_WORDS;
      const found = words[at + LOW_WORD];
      if (found === 0 || (found === this.#low && words[at + HIGH_WORD] === this.#high)) return at;
      slot = (slot + 1) & (SHARD_SLOTS - 1);
    }
    throw new Error(`shard ${shard} is full`);
  }

  /** Waits for the shard's lock. Where its holder has died, takes it from it and empties the shard. */
  #lock(shard: number): void {
    const words = this.#words;
    const at = shard * LINE_WORDS;
    for (let spins = 0; ; spins++) {
      const holder = Atomics.compareExchange(words, at, 0, this.#worker);
      if (holder === 0) return;
      if (spins % SPINS !== SPINS - 1 || this.#isAlive(holder)) continue;
      if (Atomics.compareExchange(words, at, holder, this.#worker) !== holder) continue;
      return this.#empty(shard);
    }
  }

  /** Forgets the shard's entries; each sequence moves on, so that no reader takes for whole what it copies now. */
  #empty(shard: number): void {
    const words = this.#words;
    const shardAt = SLOTS_AT + shard * SHARD_WORDS;
    for (let at = shardAt; at < shardAt + SHARD_WORDS; at += SLOT_WORDS) {
      const sequence = words[at + SEQUENCE_WORD]!;
      words[at + LOW_WORD] = 0;
      words[at + HIGH_WORD] = 0;
      Atomics.store(words, at + SEQUENCE_WORD, (sequence + 2) & ~1);
    }
  }

  /** Two sums over the key's characters; the low one is never 0, which marks a free slot. */
  #hash(key: string): void {
    let low = 0x811c9dc5 | 0;
    let high = 0x9e3779b9 | 0;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 13);
    }
    low ^= low >>> 15;
    this.#low = low === 0 ? 1 : low;
    this.#high = high ^ (high >>> 16);
  }
}
