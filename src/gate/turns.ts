// Shares the event loop among the connections of a lane: a few milliseconds of work, then whatever else there is. Hot.
//
// Those that wait go on key by key: one with a thousand busy connections gets as much as one with a single one.

import { SLICE_MS_MAX } from "../base/limits.ts";

const SLICE_NS = SLICE_MS_MAX * 1e6;

/** A connection with work that waits. */
export interface Waiting {
  /** The API key's name or, of a guest, its address. */
  readonly owner: string;
  /** Does some of it. */
  goOn(): void;
  /** `goOn` threw. */
  fault(thrown: unknown): void;
}

export class Turns {
  /** By owner, whose turn it is first. */
  readonly #queues = new Map<string, Set<Waiting>>();
  #spentNs = 0;
  #isScheduled = false;

  /** The time of this turn is spent: what comes in has to wait for the next. */
  get isOver(): boolean {
    return this.#spentNs >= SLICE_NS;
  }

  /** What is left of the time of this turn. */
  get leftNs(): number {
    return SLICE_NS - this.#spentNs;
  }

  /** Counts work that was done. */
  spent(ns: number): void {
    this.#spentNs += ns;
    if (this.#spentNs >= SLICE_NS) this.#schedule();
  }

  /** Has `waiting` go on in one of the next turns. */
  add(waiting: Waiting): void {
    const queue = this.#queues.get(waiting.owner);
    if (queue === undefined) this.#queues.set(waiting.owner, new Set([waiting]));
    else queue.add(waiting);
    this.#schedule();
  }

  remove(waiting: Waiting): void {
    for (const [owner, queue] of this.#queues) {
      if (queue.delete(waiting) && queue.size === 0) this.#queues.delete(owner);
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    this.#spentNs = 0;
    // Who is added meanwhile waits for the next turn.
    for (let left = this.#waiting(); left > 0 && !this.isOver; left--) {
      const first = this.#first();
      try {
        first?.goOn();
      } catch (thrown) {
        first?.fault(thrown);
      }
    }
    if (this.#queues.size > 0) this.#schedule();
  }

  #waiting(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.size;
    return count;
  }

  /** Takes out the first of the first owner, who goes to the end. */
  #first(): Waiting | undefined {
    for (const [owner, queue] of this.#queues) {
      this.#queues.delete(owner);
      for (const waiting of queue) {
        queue.delete(waiting);
        if (queue.size > 0) this.#queues.set(owner, queue);
        return waiting;
      }
    }
    return undefined;
  }
}
