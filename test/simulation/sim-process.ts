// A process of the simulation, which may be stopped for a while: what it was to do meanwhile it does as it goes on.

import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

interface Deferred {
  readonly task: () => void;
  readonly isFromClient: boolean;
}

export class SimProcess {
  readonly #schedule: Schedule;
  readonly #random: Random;
  #deferred: Deferred[] | undefined;
  #resumedMs = Number.NEGATIVE_INFINITY;

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** When it was last stopped, or is. */
  get stoppedUntilMs(): number {
    return this.#deferred === undefined ? this.#resumedMs : this.#schedule.nowMs;
  }

  /** Runs `task` now or, while the process is stopped, when it goes on. */
  run(task: () => void, isFromClient: boolean): void {
    if (this.#deferred === undefined) task();
    else this.#deferred.push({ task, isFromClient });
  }

  stop(ms: number): void {
    if (this.#deferred !== undefined) return;
    this.#deferred = [];
    this.#schedule.after(ms, () => {
      const tasks = this.#deferred ?? [];
      this.#deferred = undefined;
      this.#resumedMs = this.#schedule.nowMs;
      // Sockets that are ready together, and timers, come in no certain order: what clients sent may come first.
      if (this.#random.chance(0.5)) tasks.sort((a, b) => Number(b.isFromClient) - Number(a.isFromClient));
      // Each in a turn of its own, else in the order in which they came due.
      for (const { task, isFromClient } of tasks) {
        this.#schedule.after(0, () => this.run(task, isFromClient));
      }
    });
  }
}
