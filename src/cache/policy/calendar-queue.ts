// A queue that entries go round in, each for as many rounds as it is worth. Hot.
import { NONE } from "../bounds.ts";
import type { Slots } from "../storage/slots.ts";

/** A round is as many steps; an entry that is worth less than a mean one can come up after an eighth of one. */
const STEPS_A_ROUND = 8;
const STEPS = 128;
const STEP_MASK = STEPS - 1;
/** In the `queue` column: this bit, and the step at which the slot comes up. */
const MARK = 0x80;

/** Bytes of the steps' ends. */
export const ROUNDS_BYTES = 2 * 4 * STEPS;

/**
 * A calendar queue (Brown, CACM 1988) in place of the counters of a FIFO with reinsertion: what is worth three rounds
 * is put where it comes up after three, and nobody passes over it until then. With every worth one it is a FIFO.
 */
export class CalendarQueue {
  count = 0;
  weight = 0;
  readonly #slots: Slots;
  readonly #heads = new Int32Array(STEPS).fill(NONE);
  readonly #tails = new Int32Array(STEPS).fill(NONE);
  #now = 0;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  has(slot: number): boolean {
    return this.#slots.queue[slot]! >= MARK;
  }

  /** The slot that has come up; the queue must not be empty. */
  oldest(): number {
    while (this.#tails[this.#now] === NONE) this.#now = (this.#now + 1) & STEP_MASK;
    return this.#tails[this.#now]!;
  }

  /** Puts a slot in for so many rounds, an eighth at least, sixteen at most. */
  push(slot: number, rounds: number): void {
    const { newer, older, queue, weight } = this.#slots;
    const steps = Math.max(1, Math.min(STEPS - 1, Math.round(rounds * STEPS_A_ROUND)));
    const step = (this.#now + steps) & STEP_MASK;
    const head = this.#heads[step]!;
    newer[slot] = NONE;
    older[slot] = head;
    if (head === NONE) this.#tails[step] = slot;
    else newer[head] = slot;
    this.#heads[step] = slot;
    queue[slot] = MARK | step;
    this.count++;
    this.weight += weight[slot]!;
  }

  remove(slot: number): void {
    const { newer, older, queue, weight } = this.#slots;
    const step = queue[slot]! & STEP_MASK;
    const before = newer[slot]!;
    const after = older[slot]!;
    if (before === NONE) this.#heads[step] = after;
    else older[before] = after;
    if (after === NONE) this.#tails[step] = before;
    else newer[after] = before;
    queue[slot] = 0;
    this.count--;
    this.weight -= weight[slot]!;
  }

  /** Throws unless links, count and weight are right; returns the count. */
  verify(): number {
    const { newer, older, queue, weight } = this.#slots;
    let count = 0;
    let total = 0;
    for (let step = 0; step < STEPS; step++) {
      let last = NONE;
      for (let slot = this.#heads[step]!; slot !== NONE; slot = older[slot]!) {
        if (!this.#slots.isLive(slot)) throw new Error(`the rounds have the free slot ${slot}`);
        if (queue[slot] !== (MARK | step) || newer[slot] !== last)
          throw new Error(`slot ${slot} is linked wrongly`);
        if (++count > this.count) throw new Error(`the rounds are longer than their count ${this.count}`);
        total += weight[slot]!;
        last = slot;
      }
      if (last !== this.#tails[step]) throw new Error(`step ${step} ends wrongly`);
    }
    if (count !== this.count || total !== this.weight) {
      throw new Error(
        `the rounds have ${count} slots of weight ${total}, not ${this.count} of ${this.weight}`,
      );
    }
    return count;
  }
}
