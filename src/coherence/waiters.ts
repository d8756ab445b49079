// Readers that wait until a key changes. Pure but for the timers that it is given.

import { WAITERS_MAX } from "../base/limits.ts";
import type { Timers } from "../base/timers.ts";

export class Waiters {
  readonly #timers: Timers;
  readonly #byKey = new Map<string, Set<() => void>>();
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
        this.#remove(key, wake);
        resolve(true);
      };
      const cancel = this.#timers.after(ms, wake);
      const waiting = this.#byKey.get(key);
      if (waiting === undefined) this.#byKey.set(key, new Set([wake]));
      else waiting.add(wake);
      this.#count += 1;
    });
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `key` has changed or, without one, anything may have. */
  changed(key: string | undefined): void {
    if (this.#count === 0) return;
    const waiting = key === undefined ? [...this.#byKey.values()] : [this.#byKey.get(key) ?? []];
    for (const wakes of waiting) for (const wake of wakes) wake();
  }

  #remove(key: string, wake: () => void): void {
    const waiting = this.#byKey.get(key);
    if (waiting === undefined || !waiting.delete(wake)) return;
    this.#count -= 1;
    if (waiting.size === 0) this.#byKey.delete(key);
  }
}
