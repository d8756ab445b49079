// The columns of the slot table: everything the engine and its policies know of an entry but its bytes. Hot.
import { NONE, NOWHERE, SLOT_BYTES } from "../bounds.ts";
import { discardPages, PAGE_BYTES } from "./discard-pages.ts";

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
  readonly wheelNext: Int32Array;
  /** The previous slot in the wheel's bucket, or the bucket as `~bucket` of the first. */
  readonly wheelPrevious: Int32Array;
  /** Slots handed out so far, free ones included. */
  high = 0;
  live = 0;
  /** Slots whose memory the system has provided: `high`, and what `clear` left and `giveBack` has yet to release. */
  touched = 0;
  #free = NONE;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.hash = new Uint32Array(capacity);
    this.next = new Int32Array(capacity);
    this.position = new Uint32Array(capacity);
    this.weight = new Uint32Array(capacity);
    this.newer = new Int32Array(capacity);
    this.older = new Int32Array(capacity);
    this.uses = new Uint8Array(capacity);
    this.queue = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.wheelNext = new Int32Array(capacity);
    this.wheelPrevious = new Int32Array(capacity);
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
    const most = Math.max(1, Math.floor(bytes / SLOT_BYTES / SLOTS_A_RELEASE)) * SLOTS_A_RELEASE;
    const lowest = Math.ceil(this.high / SLOTS_A_RELEASE) * SLOTS_A_RELEASE;
    const from = Math.floor((this.touched - most) / SLOTS_A_RELEASE) * SLOTS_A_RELEASE;
    return Math.min(this.touched, Math.max(lowest, from, SLOTS_A_RELEASE));
  }

  /** Gives the memory of the slots from `from` on back to the system; `false`: it cannot be given back. */
  release(from: number): boolean {
    const columns = [this.hash, this.next, this.position, this.weight, this.newer, this.older];
    const wheel = [this.wheelNext, this.wheelPrevious];
    for (const column of [...columns, ...wheel, this.uses, this.queue, this.flags]) {
      if (!discardPages(column, from, this.touched)) return false;
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
