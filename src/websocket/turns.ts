// Shares the event loop among the connections of a lane: a few milliseconds of work, then whatever else there is. Hot.

import { SLICE_MS_MAX } from "../base/limits.ts";

const SLICE_NS = SLICE_MS_MAX * 1e6;

/** A connection with requests that wait. */
export interface Waiting {
  /** Carries out some of them. */
  goOn(): void;
}

export class Turns {
  readonly #queue = new Set<Waiting>();
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
    this.#queue.add(waiting);
    this.#schedule();
  }

  remove(waiting: Waiting): void {
    this.#queue.delete(waiting);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    this.#spentNs = 0;
    for (const waiting of this.#queue) {
      if (this.isOver) break;
      this.#queue.delete(waiting);
      waiting.goOn();
    }
    if (this.#queue.size > 0) this.#schedule();
  }
}
