// Tells all workers of an instance of a change, and knows when they have taken it in: an acknowledgement waits for that.
//
// Messages are numbered in the order in which they go out; a worker answers with the number of the last one that it has
// taken in. One that does not answer within the bound is not waited for again before it has caught up: it is late
// once, not for every write.

import { SIBLING_ACK_MS_MAX } from "../base/fleet-limits.ts";
import type { Timers } from "../base/timers.ts";

/** What waits until some of the workers have taken something in. */
interface Held {
  readonly number: number;
  missing: number;
  readonly release: (isLate: boolean) => void;
  cancel: () => void;
}

class Sibling {
  /** The last number that it has taken in. */
  seen: number;
  isLate = false;
  /** What waits for it, by number. */
  held: Held[] = [];

  constructor(seen: number) {
    this.seen = seen;
  }
}

export class SiblingBarrier<P> {
  readonly #timers: Timers;
  readonly #siblings = new Map<P, Sibling>();
  #number = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** The number of the last message. */
  get number(): number {
    return this.#number;
  }

  /** From now on `port` is told, and waited for. */
  join(port: P): void {
    if (!this.#siblings.has(port)) this.#siblings.set(port, new Sibling(this.#number));
  }

  leave(port: P): void {
    const sibling = this.#siblings.get(port);
    this.#siblings.delete(port);
    for (const held of sibling?.held ?? []) this.#arrive(held);
  }

  /** Sends everybody but `except` a message by `send`, under the next number. */
  tell(send: (port: P, number: number) => void, except?: P): void {
    this.#number += 1;
    for (const port of this.#siblings.keys()) if (port !== except) send(port, this.#number);
  }

  /** `port` has taken in the messages up to `number`. */
  seen(port: P, number: number): void {
    const sibling = this.#siblings.get(port);
    if (sibling === undefined || !(number <= this.#number)) return;
    sibling.seen = Math.max(sibling.seen, number);
    if (sibling.seen === this.#number) sibling.isLate = false;
    let arrived = 0;
    while (arrived < sibling.held.length && sibling.held[arrived]!.number <= sibling.seen) arrived += 1;
    for (const held of sibling.held.splice(0, arrived)) this.#arrive(held);
  }

  /** Calls `release` once everybody but `except` has taken in all that was told until now, or the bound has passed. */
  whenSeen(except: P, release: (isLate: boolean) => void): void {
    const number = this.#number;
    const held: Held = { number, missing: 0, release, cancel: () => {} };
    for (const [port, sibling] of this.#siblings) {
      if (port === except || sibling.isLate || sibling.seen >= number) continue;
      sibling.held.push(held);
      held.missing += 1;
    }
    if (held.missing === 0) release(false);
    else held.cancel = this.#timers.after(SIBLING_ACK_MS_MAX, () => this.#giveUp(held));
  }

  #arrive(held: Held): void {
    held.missing -= 1;
    if (held.missing > 0) return;
    held.cancel();
    held.release(false);
  }

  #giveUp(held: Held): void {
    for (const sibling of this.#siblings.values()) {
      const at = sibling.held.indexOf(held);
      if (at === -1) continue;
      sibling.held.splice(at, 1);
      sibling.isLate = true;
    }
    held.release(true);
  }
}
