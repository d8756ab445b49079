// The expiry wheel: which entries are due, without looking at those that are not. Warm.
import { NONE } from "../bounds.ts";
import type { Arena } from "../memory/arena.ts";
import type { Slots } from "./slots.ts";
import type { StateWords } from "../memory/state-words.ts";

/** Milliseconds of one turn of the finest level. */
const TURN_MS = 16;
const BUCKET_BITS = 6;
const BUCKETS = 1 << BUCKET_BITS;
const LEVELS = 6;
/** Turns that all levels together span. */
const SPAN = 2 ** (BUCKET_BITS * LEVELS);

/**
 * Hierarchical timing wheels (Varghese & Lauck, SOSP 1987, scheme 7): six levels of 64 lists; a list of level n
 * spans 64^n turns and is dealt out to finer levels when its time begins. What lies beyond the last level waits
 * in its farthest list. A level without an occupied list is skipped whole, so a jump of the clock costs little.
 */
export class Wheel {
  readonly #slots: Slots;
  readonly #heads: Int32Array;
  /** The turn up to which all that was due has been handed out; unknown until the first entry. */
  #turn = NaN;
  /** The list being handed out or dealt, else NONE: work goes on there. */
  #draining = NONE;

  constructor(slots: Slots, arena: Arena) {
    this.#slots = slots;
    this.#heads = arena.int32(BUCKETS * LEVELS);
  }

  transfer(state: StateWords): void {
    this.#turn = state.number(this.#turn);
    this.#draining = state.number(this.#draining);
  }

  /** Forgets all slots; to be called once before any. */
  clear(): void {
    this.#heads.fill(NONE);
    this.#turn = NaN;
    this.#draining = NONE;
  }

  /** Links a slot due at `dueAtMs`, which is finite. */
  add(slot: number, dueAtMs: number, nowMs: number): void {
    if (Number.isNaN(this.#turn)) this.#turn = Math.floor(nowMs / TURN_MS);
    this.#link(slot, dueAtMs);
  }

  remove(slot: number): void {
    const { wheelNext, wheelPrevious } = this.#slots;
    const next = wheelNext[slot]!;
    const previous = wheelPrevious[slot]!;
    if (next !== NONE) wheelPrevious[next] = previous;
    if (previous >= 0) wheelNext[previous] = next;
    else this.#heads[~previous] = next;
  }

  /**
   * Turns to `nowMs`, visiting at most about `steps` slots. `expire` is called with each slot whose list is due and
   * returns its due time if that is yet to come (it is linked again), or 0 after removing it from the wheel itself.
   * Returns the slots and lists visited; below `steps` means it arrived.
   */
  advance(
    nowMs: number,
    steps: number,
    dueOf: (slot: number) => number,
    expire: (slot: number) => void,
  ): number {
    const target = Math.floor(nowMs / TURN_MS);
    let visited = 0;
    while (visited < steps) {
      if (this.#draining !== NONE) {
        const slot = this.#heads[this.#draining]!;
        if (slot === NONE) {
          this.#draining = NONE;
          continue;
        }
        visited++;
        const dueAtMs = dueOf(slot);
        if (dueAtMs <= nowMs) {
          expire(slot);
        } else {
          this.remove(slot);
          this.#link(slot, dueAtMs);
        }
      } else if (!(this.#turn < target)) {
        return visited;
      } else {
        this.#turn = this.#nextTurn(target);
        visited++;
      }
    }
    return visited;
  }

  /** Throws unless every link has its counterpart; returns how many slots are linked. */
  verify(): number {
    const { wheelNext, wheelPrevious } = this.#slots;
    let linked = 0;
    for (let bucket = 0; bucket < this.#heads.length; bucket++) {
      let previous = ~bucket;
      for (let slot = this.#heads[bucket]!; slot !== NONE; slot = wheelNext[slot]!) {
        if (!this.#slots.isLive(slot)) throw new Error(`the wheel has the free slot ${slot}`);
        if (wheelPrevious[slot] !== previous) throw new Error(`slot ${slot} is linked wrongly in the wheel`);
        if (++linked > this.#slots.live) throw new Error("a list of the wheel is a ring");
        previous = slot;
      }
    }
    return linked;
  }

  #link(slot: number, dueAtMs: number): void {
    const { wheelNext, wheelPrevious } = this.#slots;
    const bucket = this.#bucketOf(Math.ceil(dueAtMs / TURN_MS));
    const head = this.#heads[bucket]!;
    wheelNext[slot] = head;
    wheelPrevious[slot] = ~bucket;
    if (head !== NONE) wheelPrevious[head] = slot;
    this.#heads[bucket] = slot;
  }

  /** The list of turn `due`: at the level of the highest digit in which it differs from the present turn. */
  #bucketOf(due: number): number {
    const turn = this.#turn;
    const clamped = Math.min(Math.max(due, turn + 1), turn + SPAN - SPAN / BUCKETS);
    let level = 0;
    let unit = 1;
    while (
      level < LEVELS - 1 &&
      Math.floor(clamped / (unit * BUCKETS)) !== Math.floor(turn / (unit * BUCKETS))
    ) {
      level++;
      unit *= BUCKETS;
    }
    return level * BUCKETS + (Math.floor(clamped / unit) % BUCKETS);
  }

  /** The next turn at which a list begins, at most `target`; that list is then the one to drain. */
  #nextTurn(target: number): number {
    let unit = 1;
    let nearest = Infinity;
    let list = NONE;
    for (let level = 0; level < LEVELS; level++) {
      const digit = Math.floor(this.#turn / unit);
      for (let ahead = 0; ahead < BUCKETS; ahead++) {
        const bucket = level * BUCKETS + ((digit + ahead) % BUCKETS);
        if (this.#heads[bucket] === NONE) continue;
        const begins = (digit + ahead) * unit;
        if (begins <= nearest) {
          nearest = begins;
          list = bucket;
        }
        break;
      }
      unit *= BUCKETS;
    }
    if (nearest > target) return target;
    this.#draining = list;
    return nearest;
  }
}
