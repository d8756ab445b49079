// The calendar queue: an entry put in for N rounds leaves after N rounds. Hot.
import { NONE } from "../bounds.ts";
import type { Arena } from "../memory/arena.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";

/** Days of the calendar that make a round: the least time in the queue is an eighth of a round. */
const DAYS_A_ROUND = 8;
const DAYS = 128;
const DAY_MASK = DAYS - 1;
/** In the `queue` column: this bit, and the day on which the slot is due. */
const MARK = 0x80;

/** Bytes of the lists' heads and tails. */
export const CALENDAR_BYTES = 2 * 4 * DAYS;

/**
 * Brown, "Calendar queues", CACM 1988: one list for each day, and the slot that is due on the earliest day leaves first.
 * It stands for a FIFO with reinsertion (CLOCK with counters): a slot that would be put back three times is linked once,
 * three rounds ahead. When every slot is put in for one round, it is a FIFO.
 */
export class CalendarQueue {
  count = 0;
  weight = 0;
  readonly #slots: Slots;
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  #today = 0;

  constructor(slots: Slots, arena: Arena) {
    this.#slots = slots;
    this.#heads = arena.int32(DAYS);
    this.#tails = arena.int32(DAYS);
  }

  /** Forgets all slots; to be called once before any. */
  clear(): void {
    this.#heads.fill(NONE);
    this.#tails.fill(NONE);
    this.count = 0;
    this.weight = 0;
    this.#today = 0;
  }

  transfer(state: StateWords): void {
    this.count = state.number(this.count);
    this.weight = state.number(this.weight);
    this.#today = state.number(this.#today);
  }

  has(slot: number): boolean {
    return this.#slots.queue[slot]! >= MARK;
  }

  /** The slot that is due first; the queue must not be empty. */
  oldest(): number {
    while (this.#tails[this.#today] === NONE) this.#today = (this.#today + 1) & DAY_MASK;
    return this.#tails[this.#today]!;
  }

  /** Puts a slot in for `rounds`, from an eighth to just below sixteen. */
  push(slot: number, rounds: number): void {
    const { newer, older, queue, weight } = this.#slots;
    const days = Math.max(1, Math.min(DAYS - 1, Math.round(rounds * DAYS_A_ROUND)));
    const day = (this.#today + days) & DAY_MASK;
    const head = this.#heads[day]!;
    newer[slot] = NONE;
    older[slot] = head;
    if (head === NONE) this.#tails[day] = slot;
    else newer[head] = slot;
    this.#heads[day] = slot;
    queue[slot] = MARK | day;
    this.count++;
    this.weight += weight[slot]!;
  }

  remove(slot: number): void {
    const { newer, older, queue, weight } = this.#slots;
    const day = queue[slot]! & DAY_MASK;
    const before = newer[slot]!;
    const after = older[slot]!;
    if (before === NONE) this.#heads[day] = after;
    else older[before] = after;
    if (after === NONE) this.#tails[day] = before;
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
    for (let day = 0; day < DAYS; day++) {
      let last = NONE;
      for (let slot = this.#heads[day]!; slot !== NONE; slot = older[slot]!) {
        if (!this.#slots.isLive(slot)) throw new Error(`the calendar has the free slot ${slot}`);
        if (queue[slot] !== (MARK | day) || newer[slot] !== last)
          throw new Error(`slot ${slot} is linked wrongly`);
        if (++count > this.count) throw new Error(`the calendar is longer than its count ${this.count}`);
        total += weight[slot]!;
        last = slot;
      }
      if (last !== this.#tails[day]) throw new Error(`day ${day} ends wrongly`);
    }
    if (count !== this.count || total !== this.weight) {
      throw new Error(
        `the calendar has ${count} slots of weight ${total}, not ${this.count} of ${this.weight}`,
      );
    }
    return count;
  }
}
