// A cache order that can follow several rules over the same two queues, and change between them at any time. Hot.
import { NONE } from "../bounds.ts";
import type { Arena } from "../memory/arena.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import { Ghosts, ghostBytesMax } from "./ghosts.ts";
import { Queue } from "./queue.ts";
import { CALENDAR_BYTES, CalendarQueue } from "./calendar-queue.ts";
import type { OrderRule } from "./order-rule.ts";
import { Sketch, sketchBytesMax } from "./sketch.ts";

/** In the `uses` column: reads since it was last placed below, reads in main before that above. */
export const READS_MAX = 15;
const READS_MAX_SHORT = 3;
const EARLIER_SHIFT = 4;
const EARLIER_ONCE = 1 << EARLIER_SHIFT;
const GHOST_SHARE = 0.9;
/** What being in main adds to an entry's heat. */
const MAIN_HEAT = 3;

/**
 * A window and a main queue, with ghosts and a sketch kept whatever the rule is. What is due in main's calendar queue
 * leaves if it was not read meanwhile; else it is put in again, for as many rounds as all its reads in main are worth.
 */
export class Sifter {
  capacity = 0;
  rule: OrderRule;
  /** The window's share is let grow to this although the rule says less. */
  windowShareMin = 0;
  readonly window: Queue;
  readonly main: CalendarQueue;
  readonly #slots: Slots;
  readonly #ghosts: Ghosts;
  readonly #sketch: Sketch;
  /** At the last eviction. */
  #meanWeight = 0;
  /** Before the first eviction no rule needs to know anything. */
  #isFull = false;

  constructor(slots: Slots, rule: OrderRule, arena: Arena) {
    this.#slots = slots;
    this.rule = rule;
    this.window = new Queue(slots, 1);
    this.main = new CalendarQueue(slots, arena);
    this.#ghosts = new Ghosts(arena, slots.capacity);
    this.#sketch = new Sketch(arena, slots.capacity);
  }

  /** Forgets all; to be called once before anything else. */
  clear(): void {
    this.capacity = 0;
    this.windowShareMin = 0;
    this.#meanWeight = 0;
    this.#isFull = false;
    this.window.clear();
    this.main.clear();
    this.#ghosts.clear();
    this.#sketch.clear();
  }

  /** All but the rule. */
  transfer(state: StateWords): void {
    this.capacity = state.number(this.capacity);
    this.windowShareMin = state.number(this.windowShareMin);
    this.#meanWeight = state.number(this.#meanWeight);
    this.#isFull = state.flag(this.#isFull);
    this.window.transfer(state);
    this.main.transfer(state);
    this.#ghosts.transfer(state);
    this.#sketch.transfer(state);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get bytes(): number {
    const { high } = this.#slots;
    const bytesMax = sketchBytesMax(high) + ghostBytesMax(high);
    return CALENDAR_BYTES + Math.max(this.#ghosts.bytes + this.#sketch.bytes, bytesMax);
  }

  get weight(): number {
    return this.window.weight + this.main.weight;
  }

  add(slot: number): void {
    const hash = this.#slots.hash[slot]!;
    this.#sketch.increment(hash);
    const isKnown = this.#ghosts.take(hash, this.#slots.weight[slot]!);
    if (isKnown && this.rule.kind === "ghosts") this.#pushToMain(slot);
    else this.window.push(slot);
  }

  hit(slot: number): void {
    const { uses, queue, hash } = this.#slots;
    if ((uses[slot]! & READS_MAX) < READS_MAX) uses[slot]!++;
    if (!this.#isFull) return;
    this.#sketch.increment(hash[slot]!);
    if (this.rule.kind !== "ghosts" && queue[slot] === this.window.id) this.window.renew(slot);
  }

  reweigh(slot: number, weight: number): void {
    this.#queueOf(slot).weight += weight - this.#slots.weight[slot]!;
  }

  remove(slot: number): void {
    this.#queueOf(slot).remove(slot);
  }

  evict(): number {
    this.#isFull = true;
    this.#ghosts.reserve(this.#slots.live);
    this.#sketch.reserve(this.#slots.live);
    const { window, main } = this;
    this.#meanWeight = this.weight / Math.max(1, window.count + main.count);
    for (;;) {
      const share = Math.max(this.rule.windowShare, this.windowShareMin);
      const isMainFull = main.count > 0 && main.weight > this.capacity * (1 - share);
      if (window.count === 0 || isMainFull) return this.#takeFrom(main, this.#oldestOfMain());
      const slot = window.tail;
      if (this.rule.kind === "recency") return this.#takeFrom(window, slot);
      const chosen = this.rule.kind === "ghosts" ? this.#sift(slot) : this.#duel(slot, share);
      if (chosen !== NONE) return chosen;
    }
  }

  heat(slot: number): number {
    const uses = this.#slots.uses[slot]!;
    return (uses & READS_MAX) + (uses >>> EARLIER_SHIFT) + (this.main.has(slot) ? MAIN_HEAT : 0);
  }

  verify(): void {
    if (this.window.verify() + this.main.verify() !== this.#slots.live) {
      throw new Error("the queues do not have every live slot");
    }
  }

  #queueOf(slot: number): Queue | CalendarQueue {
    return this.main.has(slot) ? this.main : this.window;
  }

  #takeFrom(queue: Queue | CalendarQueue, slot: number): number {
    if (slot !== NONE) queue.remove(slot);
    return slot;
  }

  /** Evicts the window's oldest, or moves it to main (then NONE). */
  #sift(slot: number): number {
    const reads = (this.#slots.uses[slot]! & READS_MAX) + 1;
    if (reads * this.#worth(slot) >= this.rule.readsToStay) {
      this.#moveToMain(slot);
      return NONE;
    }
    return this.#bury(slot);
  }

  /** Evicts the window's oldest or main's, the less frequent; NONE if main still had room for it. */
  #duel(slot: number, share: number): number {
    const { hash, weight } = this.#slots;
    const hasRoom = this.main.weight + weight[slot]! <= this.capacity * (1 - share);
    const rival = hasRoom ? NONE : this.#oldestOfMain();
    if (rival === NONE && !hasRoom) return this.#bury(slot);
    if (rival !== NONE && this.#sketch.estimate(hash[slot]!) <= this.#sketch.estimate(hash[rival]!)) {
      return this.#bury(slot);
    }
    this.#moveToMain(slot);
    return this.#takeFrom(this.main, rival);
  }

  #moveToMain(slot: number): void {
    this.window.remove(slot);
    this.#pushToMain(slot);
  }

  #pushToMain(slot: number): void {
    this.#slots.uses[slot] = EARLIER_ONCE;
    this.main.push(slot, this.#worth(slot));
  }

  #bury(slot: number): number {
    this.window.remove(slot);
    this.#ghosts.add(this.#slots.hash[slot]!, this.#slots.weight[slot]!, this.capacity * GHOST_SHARE);
    return slot;
  }

  /** The slot due first in main that was not read since it was put in, or NONE; those that were read are put in again. */
  #oldestOfMain(): number {
    const { uses } = this.#slots;
    const { main } = this;
    while (main.count > 0) {
      const slot = main.oldest();
      const reads = uses[slot]! & READS_MAX;
      if (reads === 0) return slot;
      const all = this.rule.remembers
        ? Math.min(READS_MAX, (uses[slot]! >>> EARLIER_SHIFT) + reads)
        : Math.min(READS_MAX_SHORT, reads);
      uses[slot] = all << EARLIER_SHIFT;
      main.remove(slot);
      main.push(slot, all * this.#worth(slot));
    }
    return NONE;
  }

  #worth(slot: number): number {
    const { unit, power, worthMin } = this.rule;
    const weight = this.#slots.weight[slot]!;
    if (unit === 0 || weight === 0) return 1;
    return Math.max(worthMin, ((unit * this.#meanWeight) / weight) ** power);
  }
}
