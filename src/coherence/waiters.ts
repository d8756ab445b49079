// Readers that wait until a key changes. Pure but for the timers that it is given.
//
// Each that is woken looks the key up once more: very many are woken some at a time, between which the event loop runs.

import { WAITERS_MAX, WAKES_MAX } from "../base/limits.ts";
import type { Timers } from "../base/timers.ts";

interface Waiter {
  readonly wake: () => void;
  readonly resolve: (hasWaited: boolean) => void;
}

export class Waiters {
  readonly #timers: Timers;
  readonly #byKey = new Map<string, Set<Waiter>>();
  /** Those whose time has come, behind others. */
  #due: Waiter[] = [];
  /** All that wait now are to be woken next. */
  #isForAll = false;
  #woken = 0;
  #isScheduled = false;
  #count = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Resolves when `key` changes or `ms` have passed; with `false`, and at once, when too many wait already. */
  wait(key: string, ms: number): Promise<boolean> {
    if (this.#count >= WAITERS_MAX) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#remove(key, waiter);
        this.#wake(waiter);
      };
      const cancel = this.#timers.after(ms, wake);
      const waiter: Waiter = { wake, resolve };
      const waiting = this.#byKey.get(key);
      if (waiting === undefined) this.#byKey.set(key, new Set([waiter]));
      else waiting.add(waiter);
      this.#count += 1;
    });
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `key` has changed or, without one, anything may have. */
  changed(key: string | undefined): void {
    if (this.#count === 0) return;
    if (key !== undefined) {
      for (const { wake } of this.#byKey.get(key) ?? []) wake();
      return;
    }
    this.#isForAll = true;
    this.#schedule();
  }

  #wake(waiter: Waiter): void {
    this.#schedule();
    if (this.#woken < WAKES_MAX) this.#resolve(waiter);
    else this.#due.push(waiter);
  }

  #resolve({ resolve }: Waiter): void {
    this.#woken += 1;
    this.#count -= 1;
    resolve(true);
  }

  /** Once what was woken has run, the next are. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#timers.after(0, () => {
      this.#isScheduled = false;
      this.#woken = 0;
      const due = this.#due;
      this.#due = [];
      if (this.#isForAll) for (const waiters of this.#byKey.values()) for (const { wake } of waiters) wake();
      this.#isForAll = false;
      for (const waiter of due) this.#wake(waiter);
    });
  }

  #remove(key: string, waiter: Waiter): void {
    const waiting = this.#byKey.get(key);
    if (waiting === undefined || !waiting.delete(waiter)) return;
    if (waiting.size === 0) this.#byKey.delete(key);
  }
}
