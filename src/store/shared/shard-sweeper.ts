// Removes from one partition's L2 what marks cover, then the marks: one sweep at a time serves all marks that wait. Cold.
//
// Between two steps it rests for as long as the step took, so that the sweeps of an instance never have more than half
// of what L2 can do. Marks of instances that died before they had swept are seen in the ticks, and swept as well.

import type { Clock } from "../../base/clock.ts";
import { LEASE_MS, MARKS_STALE_MS } from "../../base/limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { SequenceReading } from "../../coherence/bus.ts";
import type { L2 } from "../l2.ts";

export interface ShardSweeperOptions {
  readonly l2: L2;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** One mass invalidation that waits for its entries to be removed. */
export interface MarkSweep {
  readonly n: number;
  /** Entries that were removed while it was in force, by other marks' cause too where they were swept together. */
  removed: number;
  readonly done: Promise<void>;
}

interface WaitingSweep extends MarkSweep {
  readonly end: () => void;
}

export class ShardSweeper {
  readonly #options: ShardSweeperOptions;
  #waiting: WaitingSweep[] = [];
  #isRunning = false;
  /** Marks up to this number have been swept. */
  #sweptN = 0;
  #forgottenMs = Number.NEGATIVE_INFINITY;
  /** There were marks at every tick since `sinceMs`, when the sequence had reached `n`. */
  #since: { readonly sinceMs: number; readonly n: number } | undefined;

  constructor(options: ShardSweeperOptions) {
    this.#options = options;
  }

  /** Sees to a mark with number `n`. `done` comes when that is done, or was given up: the mark stays in force then. */
  sweep(n: number): MarkSweep {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sweep: WaitingSweep = { n, removed: 0, done: promise, end: resolve };
    this.#waiting.push(sweep);
    if (!this.#isRunning) void this.#run();
    return sweep;
  }

  /** Takes a tick's reading in. Several instances may come to tidy at once: all of it may be done twice. */
  look({ marks = 0, n }: SequenceReading): void {
    if (marks === 0) {
      this.#since = undefined;
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    // A mark outlives the leases that were given before it.
    if (this.#sweptN > 0 && nowMs - this.#forgottenMs > LEASE_MS) void this.#forget().catch(() => {});
    this.#since ??= { sinceMs: nowMs, n };
    if (nowMs - this.#since.sinceMs <= MARKS_STALE_MS) return;
    this.sweep(this.#since.n);
    this.#since = { sinceMs: nowMs, n };
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const served = this.#waiting;
      this.#waiting = [];
      try {
        await this.#round(served);
      } catch {
        // What the marks cover is dead already; another sweep of this partition will remove it.
      }
      for (const sweep of served) sweep.end();
    }
    this.#isRunning = false;
  }

  async #round(served: readonly WaitingSweep[]): Promise<void> {
    const { l2, clock, timers } = this.#options;
    let cursor = "0";
    do {
      const startMs = clock.nowMs();
      const swept = await l2.call("sweep", { cursor });
      for (const sweep of served) sweep.removed += swept.removed;
      for (const sweep of this.#waiting) sweep.removed += swept.removed;
      cursor = swept.cursor;
      const restMs = clock.nowMs() - startMs;
      if (cursor !== "0") await new Promise<void>((resolve) => timers.after(restMs, resolve));
    } while (cursor !== "0");
    this.#sweptN = Math.max(this.#sweptN, ...served.map(({ n }) => n));
    await this.#forget();
  }

  async #forget(): Promise<void> {
    this.#forgottenMs = this.#options.clock.nowMs();
    await this.#options.l2.call("forget", { n: this.#sweptN });
  }
}
