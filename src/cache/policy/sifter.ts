// A cache order that can follow several rules over the same two queues, and change between them at any time. Hot.
import { NONE } from "../bounds.ts";
import type { Slots } from "../slots.ts";
import { Ghosts } from "./ghosts.ts";
import { Queue } from "./queue.ts";
import { Sketch, sketchBytesMax } from "./sketch.ts";

/**
 * How newcomers are sifted.
 * - `ghosts`: S3-FIFO. What was read twice in the window stays, what comes back as a ghost goes to main at once.
 * - `duel`: W-TinyLFU. The window is LRU; its oldest enters main if the sketch knows it better than main's oldest.
 * - `recency`: LRU. All is window.
 */
export interface Rule {
  readonly kind: "ghosts" | "duel" | "recency";
  /** The window's share of the capacity. */
  readonly windowShare: number;
}

const USES_MAX = 3;
const USES_TO_STAY = 2;
const GHOST_SHARE = 0.9;
/** Uses an entry is given, or denied, for being smaller or larger than the mean. */
const BONUS_MIN = -2;
const BONUS_MAX = 6;
const GHOST_BYTES_MAX = 10;

/**
 * A window and a main queue, the second a FIFO with reinsertion, with ghosts and a sketch kept whatever the rule is.
 * Among entries of many sizes a small one needs fewer reads to stay and is kept for more rounds: a bonus of one use
 * for each halving below the mean weight, times `sizeBias`; it costs few bytes and is worth many requests.
 */
export class Sifter {
  capacity = 0;
  rule: Rule;
  /** The window's share is let grow to this although the rule says less. */
  windowShareMin = 0;
  readonly window: Queue;
  readonly main: Queue;
  readonly #slots: Slots;
  readonly #ghosts = new Ghosts();
  readonly #sketch = new Sketch();
  readonly #sizeBias: number;
  /** Of the mean weight, at the last eviction. */
  #meanLog2 = 0;
  /** Before the first eviction no rule needs to know anything. */
  #isFull = false;

  constructor(slots: Slots, rule: Rule, sizeBias: number) {
    this.#slots = slots;
    this.rule = rule;
    this.#sizeBias = sizeBias;
    this.window = new Queue(slots, 1);
    this.main = new Queue(slots, 2);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get bytes(): number {
    const { high } = this.#slots;
    return Math.max(this.#ghosts.bytes + this.#sketch.bytes, sketchBytesMax(high) + high * GHOST_BYTES_MAX);
  }

  get weight(): number {
    return this.window.weight + this.main.weight;
  }

  add(slot: number): void {
    const hash = this.#slots.hash[slot]!;
    this.#sketch.increment(hash);
    const isKnown = this.#ghosts.take(hash, this.capacity * GHOST_SHARE);
    (isKnown && this.rule.kind === "ghosts" ? this.main : this.window).push(slot);
  }

  hit(slot: number): void {
    const uses = this.#slots.uses;
    const count = uses[slot]!;
    if (count < USES_MAX) uses[slot] = count + 1;
    if (!this.#isFull) return;
    const { queue, hash } = this.#slots;
    this.#sketch.increment(hash[slot]!);
    if (queue[slot] === this.window.id) {
      if (this.rule.kind !== "ghosts") this.window.renew(slot);
    } else if (count >= USES_MAX && count < USES_MAX + this.#bonus(slot)) {
      uses[slot] = count + 1;
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
    this.#ghosts.reserve(this.#slots.live, this.capacity);
    this.#sketch.reserve(this.#slots.live);
    const { window, main } = this;
    this.#meanLog2 = Math.log2(this.weight / Math.max(1, window.count + main.count));
    for (;;) {
      const share = Math.max(this.rule.windowShare, this.windowShareMin);
      const isWindowFull = window.weight > this.capacity * share;
      if (window.count === 0 || (!isWindowFull && main.count > 0))
        return this.#takeFrom(main, this.#oldestOfMain());
      const slot = window.tail;
      if (this.rule.kind === "recency") return this.#takeFrom(window, slot);
      const chosen = this.rule.kind === "ghosts" ? this.#sift(slot) : this.#duel(slot, share);
      if (chosen !== NONE) return chosen;
    }
  }

  heat(slot: number): number {
    return this.#slots.uses[slot]! + (this.#slots.queue[slot] === this.main.id ? USES_MAX : 0);
  }

  verify(): void {
    if (this.window.verify() + this.main.verify() !== this.#slots.live) {
      throw new Error("the queues do not have every live slot");
    }
  }

  #queueOf(slot: number): Queue {
    return this.#slots.queue[slot] === this.window.id ? this.window : this.main;
  }

  #takeFrom(queue: Queue, slot: number): number {
    if (slot !== NONE) queue.remove(slot);
    return slot;
  }

  /** Evicts the window's oldest, or moves it to main (then NONE). */
  #sift(slot: number): number {
    if (this.#slots.uses[slot]! >= USES_TO_STAY - this.#bonus(slot)) {
      this.#moveToMain(slot, Math.max(0, this.#bonus(slot)));
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
    this.#moveToMain(slot, 0);
    return this.#takeFrom(this.main, rival);
  }

  #moveToMain(slot: number, uses: number): void {
    this.window.remove(slot);
    this.#slots.uses[slot] = uses;
    this.main.push(slot);
  }

  #bury(slot: number): number {
    this.window.remove(slot);
    this.#ghosts.add(this.#slots.hash[slot]!, this.#slots.weight[slot]!);
    return slot;
  }

  /** Main's oldest without uses left; those that have some go round again. */
  #oldestOfMain(): number {
    const { uses } = this.#slots;
    for (let slot = this.main.tail; slot !== NONE; slot = this.main.tail) {
      if (uses[slot] === 0) return slot;
      uses[slot]!--;
      this.main.renew(slot);
    }
    return NONE;
  }

  #bonus(slot: number): number {
    const halvings = this.#meanLog2 - Math.log2(this.#slots.weight[slot]!);
    return Math.max(BONUS_MIN, Math.min(BONUS_MAX, Math.floor(halvings * this.#sizeBias)));
  }
}
