// S3-FIFO: a small queue that sifts newcomers, a main queue, and ghosts. Hot.
import { NONE } from "../bounds.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import { Ghosts, ghostBytesMax } from "./ghosts.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { Queue } from "./queue.ts";

const SMALL_SHARE = 0.1;
const USES_MAX = 3;
/** Reads within the small queue that earn a place in main. */
const USES_TO_STAY = 2;

/**
 * Yang, Zhang, Qiu, Yue & Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023. A hit is one saturating
 * increment. A newcomer enters small, or main if its ghost is still known; small's oldest goes on to main if it was
 * read twice, else it leaves and becomes a ghost; main's oldest goes round again as long as it has uses left.
 */
export class S3FifoPolicy implements Policy {
  readonly hitsTold = Infinity;
  capacity = 0;
  readonly #slots: Slots;
  readonly #small: Queue;
  readonly #main: Queue;
  readonly #ghosts: Ghosts;

  constructor({ slots, arena }: PolicyContext) {
    this.#slots = slots;
    this.#ghosts = new Ghosts(arena, slots.capacity);
    this.#small = new Queue(slots, 1);
    this.#main = new Queue(slots, 2);
  }

  get bytes(): number {
    return Math.max(this.#ghosts.bytes, ghostBytesMax(this.#slots.high));
  }

  clear(): void {
    this.capacity = 0;
    this.#small.clear();
    this.#main.clear();
    this.#ghosts.clear();
  }

  transfer(state: StateWords): void {
    this.capacity = state.number(this.capacity);
    this.#small.transfer(state);
    this.#main.transfer(state);
    this.#ghosts.transfer(state);
  }

  add(slot: number): void {
    const isKnown = this.#ghosts.take(this.#slots.hash[slot]!, this.#slots.weight[slot]!);
    (isKnown ? this.#main : this.#small).push(slot);
  }

  hit(slot: number): void {
    const { uses } = this.#slots;
    if (uses[slot]! < USES_MAX) uses[slot]!++;
  }

  reweigh(slot: number, weight: number): void {
    this.#queueOf(slot).weight += weight - this.#slots.weight[slot]!;
  }

  remove(slot: number): void {
    this.#queueOf(slot).remove(slot);
  }

  evict(): number {
    this.#ghosts.reserve(this.#slots.live);
    for (;;) {
      const isMainFull = this.#main.weight > this.capacity * (1 - SMALL_SHARE);
      const slot = isMainFull || this.#small.count === 0 ? this.#turn() : this.#sift();
      if (slot !== NONE || this.#small.count + this.#main.count === 0) return slot;
    }
  }

  heat(slot: number): number {
    return this.#slots.uses[slot]! + (this.#slots.queue[slot] === this.#main.id ? USES_MAX : 0);
  }

  verify(): void {
    if (this.#small.verify() + this.#main.verify() !== this.#slots.live) {
      throw new Error("the queues do not have every live slot");
    }
  }

  #queueOf(slot: number): Queue {
    return this.#slots.queue[slot] === this.#small.id ? this.#small : this.#main;
  }

  /** Takes small's oldest: evicted, or moved on to main (then NONE). */
  #sift(): number {
    const slot = this.#small.tail;
    if (slot === NONE) return NONE;
    const { uses, hash, weight } = this.#slots;
    this.#small.remove(slot);
    if (uses[slot]! >= USES_TO_STAY) {
      uses[slot] = 0;
      this.#main.push(slot);
      return NONE;
    }
    this.#ghosts.add(hash[slot]!, weight[slot]!, this.capacity * (1 - SMALL_SHARE));
    return slot;
  }

  /** Takes main's oldest: evicted, or sent round again (then NONE). */
  #turn(): number {
    const slot = this.#main.tail;
    if (slot === NONE) return NONE;
    const { uses } = this.#slots;
    if (uses[slot]! > 0) {
      uses[slot]!--;
      this.#main.renew(slot);
      return NONE;
    }
    this.#main.remove(slot);
    return slot;
  }
}
