// The columns of the slot table: everything the engine and its policies know of an entry but its bytes. Hot.
import { NONE, NOWHERE, SEQUENCE_BYTES, SLOT_BYTES } from "../bounds.ts";
import type { Arena } from "../memory/arena.ts";
import { discardPages, PAGE_BYTES } from "../memory/discard-pages.ts";
import type { StateWords } from "../memory/state-words.ts";

/** Flags of a slot. */
const LIVE = 1;
/** It was read since it came; the next read puts it in front. */
export const READ = 2;
/** The front has an object of it. */
export const FRONT = 4;

/** Slots of which every column has whole pages: memory is given back by so many. */
const SLOTS_A_RELEASE = PAGE_BYTES;

/**
 * Typed arrays indexed by slot. They are as long as the budget could ever need: the operating system gives
 * pages as they are touched, and slots are handed out from the bottom, so no column is ever copied to grow. What a
 * column has of a slot that was never handed out, or not since `clear`, means nothing.
 */
export class Slots {
  readonly capacity: number;
  readonly hash: Uint32Array;
  /** The next slot of the same index bucket; of a free slot, the next free one. */
  readonly next: Int32Array;
  /** Where the bytes are, in address units. */
  readonly position: Uint32Array;
  /** What the entry counts in the eviction policy. */
  readonly weight: Uint32Array;
  /** Links of the policy's queues. */
  readonly newer: Int32Array;
  readonly older: Int32Array;
  /** The policy's own bytes. */
  readonly uses: Uint8Array;
  readonly queue: Uint8Array;
  readonly flags: Uint8Array;
  /** What the engine's owner says that the record has (Validation). */
  readonly traits: Int32Array;
  readonly wheelNext: Int32Array;
  /** The previous slot in the wheel's bucket, or the bucket as `~bucket` of the first. */
  readonly wheelPrevious: Int32Array;
  /** Other processes read the slots, without a lock. */
  readonly isShared: boolean;
  /**
   * Of shared slots, else empty: odd while the slot's entry is being written, moved or removed, 2 more after each. It
   * never begins anew.
   */
  readonly sequence: Int32Array;
  /** Bytes of all columns of one slot and of its bucket in the index. */
  readonly bytesEach: number;
  /** Slots handed out so far, free ones included. */
  high = 0;
  live = 0;
  /** Slots whose memory the system has provided: `high`, and what `clear` left and `giveBack` has yet to release. */
  touched = 0;
  #free = NONE;

  constructor(capacity: number, arena: Arena, isShared = false) {
    this.capacity = capacity;
    this.isShared = isShared;
    this.bytesEach = isShared ? SLOT_BYTES + SEQUENCE_BYTES : SLOT_BYTES;
    this.sequence = arena.int32(isShared ? capacity : 0);
    this.hash = arena.uint32(capacity);
    this.next = arena.int32(capacity);
    this.position = arena.uint32(capacity);
    this.weight = arena.uint32(capacity);
    this.newer = arena.int32(capacity);
    this.older = arena.int32(capacity);
    this.uses = arena.uint8(capacity);
    this.queue = arena.uint8(capacity);
    this.flags = arena.uint8(capacity);
    this.traits = arena.int32(capacity);
    this.wheelNext = arena.int32(capacity);
    this.wheelPrevious = arena.int32(capacity);
  }

  transfer(state: StateWords): void {
    this.high = state.number(this.high);
    this.live = state.number(this.live);
    this.touched = state.number(this.touched);
    this.#free = state.number(this.#free);
  }

  /** Until `settle` nobody is to read the entry of `slot`. */
  unsettle(slot: number): void {
    if (this.isShared) Atomics.or(this.sequence, slot, 1);
  }

  /** Ends what `unsettle` began. */
  settle(slot: number): void {
    if (this.isShared) Atomics.add(this.sequence, slot, 1);
  }

  /** A free slot, marked live, or NONE. */
  take(): number {
    let slot = this.#free;
    if (slot !== NONE) {
      this.#free = this.next[slot]!;
    } else {
      if (this.high === this.capacity) return NONE;
      slot = this.high++;
      if (slot >= this.touched) this.touched = this.high;
    }
    this.flags[slot] = LIVE;
    this.uses[slot] = 0;
    this.queue[slot] = 0;
    this.weight[slot] = 0;
    this.position[slot] = NOWHERE;
    this.live++;
    return slot;
  }

  give(slot: number): void {
    this.flags[slot] = 0;
    this.position[slot] = NOWHERE;
    this.next[slot] = this.#free;
    this.#free = slot;
    this.live--;
  }

  /** Forgets all slots; costs nothing. Their memory is left to `giveBack`. */
  clear(): void {
    this.high = 0;
    this.live = 0;
    this.#free = NONE;
    if (this.touched <= SLOTS_A_RELEASE) this.touched = 0;
  }

  /** Slots from the first on up to `touched` hold memory for nothing: as many of them as have about `bytes`, or none. */
  releasable(bytes: number): number {
    const most = Math.max(1, Math.floor(bytes / this.bytesEach / SLOTS_A_RELEASE)) * SLOTS_A_RELEASE;
    const lowest = Math.ceil(this.high / SLOTS_A_RELEASE) * SLOTS_A_RELEASE;
    const from = Math.floor((this.touched - most) / SLOTS_A_RELEASE) * SLOTS_A_RELEASE;
    return Math.min(this.touched, Math.max(lowest, from, SLOTS_A_RELEASE));
  }

  /** Gives the memory of the slots from `from` on back to the system; `false`: it cannot be given back. */
  release(from: number): boolean {
    const columns = [this.hash, this.next, this.position, this.weight, this.newer, this.older];
    const wheel = [this.wheelNext, this.wheelPrevious];
    for (const column of [...columns, ...wheel, this.uses, this.queue, this.flags, this.traits]) {
      if (!discardPages(column, from, this.touched, this.isShared)) return false;
    }
    this.touched = from;
    return true;
  }

  isLive(slot: number): boolean {
    return (this.flags[slot]! & LIVE) !== 0;
  }

  verify(): void {
    let free = 0;
    for (let slot = this.#free; slot !== NONE; slot = this.next[slot]!) {
      if (this.isLive(slot)) throw new Error(`slot ${slot} is both free and live`);
      if (++free > this.high) throw new Error("the free list is a ring");
    }
    if (free + this.live !== this.high)
      throw new Error(`${free} free + ${this.live} live of ${this.high} slots`);
  }
}
