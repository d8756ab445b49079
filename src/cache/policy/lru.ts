// Least recently used: the plain yardstick. Hot.
import { NONE } from "../bounds.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import type { Policy, PolicyContext } from "./policy.ts";
import { Queue } from "./queue.ts";

const USES_MAX = 255;

export class LruPolicy implements Policy {
  readonly bytes = 0;
  readonly hitsTold = Infinity;
  capacity = 0;
  readonly #slots: Slots;
  readonly #queue: Queue;

  constructor({ slots }: PolicyContext) {
    this.#slots = slots;
    this.#queue = new Queue(slots, 1);
  }

  clear(): void {
    this.capacity = 0;
    this.#queue.clear();
  }

  transfer(state: StateWords): void {
    this.capacity = state.number(this.capacity);
    this.#queue.transfer(state);
  }

  add(slot: number): void {
    this.#queue.push(slot);
  }

  hit(slot: number): void {
    const { uses } = this.#slots;
    if (uses[slot]! < USES_MAX) uses[slot]!++;
    this.#queue.renew(slot);
  }

  reweigh(slot: number, weight: number): void {
    this.#queue.weight += weight - this.#slots.weight[slot]!;
  }

  remove(slot: number): void {
    this.#queue.remove(slot);
  }

  evict(): number {
    const slot = this.#queue.tail;
    if (slot !== NONE) this.#queue.remove(slot);
    return slot;
  }

  heat(slot: number): number {
    return this.#slots.uses[slot]!;
  }

  verify(): void {
    if (this.#queue.verify() !== this.#slots.live) throw new Error("the queue does not have every live slot");
  }
}
