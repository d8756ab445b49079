// The columns of the slot table: everything the engine and its policies know of an entry but its bytes. Hot.
import { NONE, NOWHERE } from "../bounds.ts";

/** Flags of a slot. */
const LIVE = 1;
/** It was read since it came; the next read puts it in front. */
export const READ = 2;
/** The front has an object of it. */
export const FRONT = 4;

/**
 * Typed arrays indexed by slot. They are as long as the budget could ever need: the operating system gives
 * pages as they are touched, and slots are handed out from the bottom, so no column is ever copied to grow.
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
