// W-TinyLFU: a small LRU window, and a main area that only the more frequent get into. Hot.
import { NONE } from "../bounds.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { Queue } from "./queue.ts";
import { Sketch, sketchBytesMax } from "./sketch.ts";

const WINDOW_SHARE = 0.01;
const PROTECTED_SHARE = 0.8;
/** What a counter of the sketch can hold. */
const USES_MAX = 15;

/**
 * Einziger, Friedman & Manes, "TinyLFU: a highly efficient cache admission policy", ACM ToS 2017. Newcomers enter the
 * window; its oldest competes by frequency with the oldest of main's probation, and the loser leaves. A hit in
 * probation earns protection; the oldest protected falls back when they are too many.
 */
export class TinyLfuPolicy implements Policy {
  readonly hitsTold = Infinity;
  capacity = 0;
  readonly #slots: Slots;
  readonly #window: Queue;
  readonly #probation: Queue;
  readonly #protected: Queue;
  readonly #sketch: Sketch;
  #isFull = false;

  constructor({ slots, arena }: PolicyContext) {
    this.#slots = slots;
    this.#sketch = new Sketch(arena, slots.capacity);
    this.#window = new Queue(slots, 1);
    this.#probation = new Queue(slots, 2);
    this.#protected = new Queue(slots, 3);
  }

  get bytes(): number {
    return Math.max(this.#sketch.bytes, sketchBytesMax(this.#slots.high));
  }

  clear(): void {
    this.capacity = 0;
    this.#isFull = false;
    this.#window.clear();
    this.#probation.clear();
    this.#protected.clear();
    this.#sketch.clear();
  }

  transfer(state: StateWords): void {
    this.capacity = state.number(this.capacity);
    this.#isFull = state.flag(this.#isFull);
    this.#window.transfer(state);
    this.#probation.transfer(state);
    this.#protected.transfer(state);
    this.#sketch.transfer(state);
  }

  add(slot: number): void {
    this.#count(slot);
    this.#window.push(slot);
  }

  hit(slot: number): void {
    this.#count(slot);
    const queue = this.#queueOf(slot);
    if (queue !== this.#probation) {
      queue.renew(slot);
      return;
    }
    this.#probation.remove(slot);
    this.#protected.push(slot);
    const weightMax = this.capacity * (1 - WINDOW_SHARE) * PROTECTED_SHARE;
    while (this.#protected.weight > weightMax && this.#protected.count > 1) {
      this.#move(this.#protected.tail, this.#protected, this.#probation);
    }
  }

  reweigh(slot: number, weight: number): void {
    this.#queueOf(slot).weight += weight - this.#slots.weight[slot]!;
  }

  remove(slot: number): void {
    this.#queueOf(slot).remove(slot);
  }

  evict(): number {
    this.#isFull = true;
    this.#sketch.reserve(this.#slots.live);
    this.#fillMain();
    const candidate = this.#window.tail;
    const victim = this.#probation.tail === NONE ? this.#protected.tail : this.#probation.tail;
    if (candidate === NONE || victim === NONE || this.#window.weight <= this.capacity * WINDOW_SHARE) {
      return this.#take(victim === NONE ? candidate : victim);
    }
    if (this.#frequency(candidate) > this.#frequency(victim)) {
      this.#move(candidate, this.#window, this.#probation);
      return this.#take(victim);
    }
    return this.#take(candidate);
  }

  heat(slot: number): number {
    return this.#sketch.estimate(this.#slots.hash[slot]!) + this.#slots.uses[slot]!;
  }

  verify(): void {
    const count = this.#window.verify() + this.#probation.verify() + this.#protected.verify();
    if (count !== this.#slots.live) throw new Error("the queues do not have every live slot");
  }

  #queueOf(slot: number): Queue {
    const id = this.#slots.queue[slot];
    return id === this.#window.id
      ? this.#window
      : id === this.#probation.id
        ? this.#probation
        : this.#protected;
  }

  /** Counts an access: with the entry until the first eviction, when the sketch gets its size; then in the sketch. */
  #count(slot: number): void {
    const { uses, hash } = this.#slots;
    if (this.#isFull) this.#sketch.increment(hash[slot]!);
    else if (uses[slot]! < USES_MAX) uses[slot]!++;
  }

  /** How often it was asked for lately. What was counted with the entry goes into the sketch. */
  #frequency(slot: number): number {
    const { uses, hash } = this.#slots;
    for (; uses[slot]! > 0; uses[slot]!--) this.#sketch.increment(hash[slot]!);
    return this.#sketch.estimate(hash[slot]!);
  }

  /** While main is not full, what the window has too much of goes there unasked. */
  #fillMain(): void {
    const { weight } = this.#slots;
    let room = this.capacity * (1 - WINDOW_SHARE) - this.#probation.weight - this.#protected.weight;
    while (this.#window.weight > this.capacity * WINDOW_SHARE) {
      const slot = this.#window.tail;
      room -= weight[slot]!;
      if (room < 0) return;
      this.#move(slot, this.#window, this.#probation);
    }
  }

  #take(slot: number): number {
    if (slot !== NONE) this.#queueOf(slot).remove(slot);
    return slot;
  }

  #move(slot: number, from: Queue, to: Queue): void {
    from.remove(slot);
    to.push(slot);
  }
}
