// A doubly linked queue of slots in the slot table's columns, with its weight. Hot.
import { NONE } from "../bounds.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";

/** Newest at the head, oldest at the tail. `id` stands in the `queue` column of its slots; ids begin at 1. */
export class Queue {
  readonly id: number;
  head = NONE;
  tail = NONE;
  count = 0;
  weight = 0;
  readonly #slots: Slots;

  constructor(slots: Slots, id: number) {
    this.#slots = slots;
    this.id = id;
  }

  push(slot: number): void {
    const { newer, older, queue, weight } = this.#slots;
    newer[slot] = NONE;
    older[slot] = this.head;
    if (this.head === NONE) this.tail = slot;
    else newer[this.head] = slot;
    this.head = slot;
    queue[slot] = this.id;
    this.count++;
    this.weight += weight[slot]!;
  }

  remove(slot: number): void {
    const { newer, older, queue, weight } = this.#slots;
    const before = newer[slot]!;
    const after = older[slot]!;
    if (before === NONE) this.head = after;
    else older[before] = after;
    if (after === NONE) this.tail = before;
    else newer[after] = before;
    queue[slot] = 0;
    this.count--;
    this.weight -= weight[slot]!;
  }

  /** Makes a slot the newest. */
  renew(slot: number): void {
    if (this.head === slot) return;
    const { newer, older } = this.#slots;
    const before = newer[slot]!;
    const after = older[slot]!;
    older[before] = after;
    if (after === NONE) this.tail = before;
    else newer[after] = before;
    newer[slot] = NONE;
    older[slot] = this.head;
    newer[this.head] = slot;
    this.head = slot;
  }

  transfer(state: StateWords): void {
    this.head = state.number(this.head);
    this.tail = state.number(this.tail);
    this.count = state.number(this.count);
    this.weight = state.number(this.weight);
  }

  /** Forgets all slots. */
  clear(): void {
    this.head = NONE;
    this.tail = NONE;
    this.count = 0;
    this.weight = 0;
  }

  /** Throws unless links, count and weight are right; returns the count. */
  verify(): number {
    const { newer, older, queue, weight } = this.#slots;
    let count = 0;
    let total = 0;
    let last = NONE;
    for (let slot = this.head; slot !== NONE; slot = older[slot]!) {
      if (!this.#slots.isLive(slot)) throw new Error(`queue ${this.id} has the free slot ${slot}`);
      if (queue[slot] !== this.id || newer[slot] !== last) throw new Error(`slot ${slot} is linked wrongly`);
      if (++count > this.count) throw new Error(`queue ${this.id} is longer than its count ${this.count}`);
      total += weight[slot]!;
      last = slot;
    }
    if (count !== this.count || total !== this.weight || last !== this.tail) {
      throw new Error(
        `queue ${this.id} has ${count} slots of weight ${total}, not ${this.count} of ${this.weight}`,
      );
    }
    return count;
  }
}
