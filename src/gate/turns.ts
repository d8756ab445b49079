// Shares the event loop among all who have long work: a few milliseconds of it, then whatever else there is. Hot.
//
// One for all lanes of a process. Those who wait go on owner by owner, by the time that each has had (deficit round robin,
// Shreedhar and Varghese 1995): an API key with a thousand busy connections gets as much as one with a single one, and
// one whose pieces take long comes less often than one whose pieces are short.

import { SLICE_MS_MAX } from "../base/limits.ts";

const SLICE_NS = SLICE_MS_MAX * 1e6;
/** What an owner is given whenever it comes round. */
const QUANTUM_NS = 500_000;
/** What an owner may be short of at the most: it comes round again, however long one piece of its work took. */
const DEBT_NS_MAX = 50 * QUANTUM_NS;
/** Less than this is not held against whoever had it. */
const SHORT_NS = 100_000;

/** Somebody with work that waits. */
export interface Waiting {
  /** The API key's name or, of a guest, its address. */
  readonly owner: string;
  /** Does some of it. */
  goOn(): void;
  /** `goOn` threw. */
  fault(thrown: unknown): void;
}

interface Owner {
  readonly queue: Set<Waiting>;
  /** Time that it may still have before others come first; below zero it has had more than its part. */
  leftNs: number;
}

export class Turns {
  /** Those who wait or are short of time, whose turn it is first. */
  readonly #owners = new Map<string, Owner>();
  #waiting = 0;
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

  /** `owner` has worked for `ns`, or has caused as much. */
  spent(ns: number, owner: string): void {
    this.#spentNs += ns;
    if (ns >= SHORT_NS) this.#ownerOf(owner).leftNs -= ns;
    if (ns >= SHORT_NS || this.isOver) this.#schedule();
  }

  /** Has `waiting` go on in one of the next turns. */
  add(waiting: Waiting): void {
    const { queue } = this.#ownerOf(waiting.owner);
    const before = queue.size;
    this.#waiting += queue.add(waiting).size - before;
    this.#schedule();
  }

  remove(waiting: Waiting): void {
    for (const { queue } of this.#owners.values()) if (queue.delete(waiting)) this.#waiting -= 1;
  }

  #ownerOf(name: string): Owner {
    let owner = this.#owners.get(name);
    if (owner === undefined) {
      owner = { queue: new Set(), leftNs: 0 };
      this.#owners.set(name, owner);
    }
    return owner;
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
    for (let left = this.#waiting; left > 0 && !this.isOver; left--) {
      const first = this.#first();
      try {
        first?.goOn();
      } catch (thrown) {
        first?.fault(thrown);
      }
    }
    if (this.#waiting > 0) return this.#schedule();
    // Nobody is left whom they would have to let go first.
    this.#owners.clear();
  }

  /** Takes out the first of the first owner that has time left; it goes to the end once it has none. */
  #first(): Waiting | undefined {
    if (this.#waiting === 0) return undefined;
    // What is put back comes round again.
    for (const [name, owner] of this.#owners) {
      const first = owner.leftNs >= 0 ? this.#takeFrom(owner) : undefined;
      if (first !== undefined) {
        owner.leftNs -= SHORT_NS;
        return first;
      }
      this.#owners.delete(name);
      owner.leftNs = Math.max(owner.leftNs, -DEBT_NS_MAX) + QUANTUM_NS;
      if (owner.queue.size > 0 || owner.leftNs < 0) this.#owners.set(name, owner);
    }
    return undefined;
  }

  #takeFrom({ queue }: Owner): Waiting | undefined {
    for (const first of queue) {
      queue.delete(first);
      this.#waiting -= 1;
      return first;
    }
    return undefined;
  }
}
