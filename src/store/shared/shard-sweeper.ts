// Removes from one partition's L2 what marks cover, then the marks: one sweep at a time serves all marks that wait. Cold.
//
// Marks of tags wait for no sweep where L2 has an index of tags: what the index knows is removed at once, at a cost by
// what that is. Their marks go with the next sweep, which comes by itself if there is no other (MARKS_STALE_MS).
//
// Between two steps it rests for as long as the step took, so that the sweeps of an instance never have more than half
// of what L2 can do. Marks of instances that died before they had swept are seen in the ticks, and swept as well.
//
// A sweep is whole only if all its steps went through one keyspace: what was swept is known by the epoch too, and where
// that has become another since (L2 was emptied, or another server has taken over), L2 takes no mark off.

import type { Clock } from "../../base/clock.ts";
import { LEASE_MS, MARKS_STALE_MS } from "../../base/limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { SequenceReading } from "../../coherence/bus.ts";
import type { Version } from "../../record/version.ts";
import type { L2 } from "../l2.ts";

export interface ShardSweeperOptions {
  readonly l2: L2;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** One mass invalidation that waits for its entries to be removed. */
export interface MarkSweep {
  /** The mark's version. */
  readonly at: Version;
  /** Entries that were removed while it was in force, by other marks' cause too where they were swept together. */
  removed: number;
  readonly done: Promise<void>;
}

interface WaitingSweep extends MarkSweep {
  readonly tags: readonly string[] | undefined;
  readonly end: () => void;
}

/** How much longer than its steps a sweep rests between them, if somebody waits for it, and if nobody does. */
const RESTS_WAITED = 1;
const RESTS_TIDYING = 3;

export class ShardSweeper {
  readonly #options: ShardSweeperOptions;
  #waiting: WaitingSweep[] = [];
  #isRunning = false;
  /** Marks of this epoch have been swept up to this number. */
  #swept: Version | undefined;
  #forgottenMs = Number.NEGATIVE_INFINITY;
  /** There were marks at every tick since then. */
  #sinceMs: number | undefined;

  constructor(options: ShardSweeperOptions) {
    this.#options = options;
  }

  /** Sees to the mark with version `at`, of `tags` if it is of such. `done` comes when that is done, or was given up: the mark stays in force then. */
  sweep(at: Version, tags?: readonly string[]): MarkSweep {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sweep: WaitingSweep = { at, tags, removed: 0, done: promise, end: resolve };
    this.#waiting.push(sweep);
    if (!this.#isRunning) void this.#run();
    return sweep;
  }

  /** Takes a tick's reading in. Several instances may come to tidy at once: all of it may be done twice. */
  look(reading: SequenceReading): void {
    if (reading.marks === undefined || reading.marks === 0) {
      this.#sinceMs = undefined;
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    // A mark outlives the leases that were given before it.
    if (this.#swept !== undefined && nowMs - this.#forgottenMs > LEASE_MS) {
      void this.#forget(this.#swept).catch(() => {});
    }
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs <= MARKS_STALE_MS) return;
    void this.#tidy(reading);
    this.#sinceMs = nowMs;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const served = this.#waiting;
      this.#waiting = [];
      try {
        for (const sweep of served) await this.#purge(sweep);
        const left = served.filter(({ tags }) => tags === undefined);
        if (left.length > 0) await this.#round(left, RESTS_WAITED);
      } catch {
        // What the marks cover is dead already; another sweep of this partition will remove it.
      }
      for (const sweep of served) sweep.end();
    }
    this.#isRunning = false;
  }

  /** A sweep that nobody waits for: of all marks that there were when the sequence stood `at`. */
  async #tidy(at: Version): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#round(
      [{ at, tags: undefined, removed: 0, done: Promise.resolve(), end() {} }],
      RESTS_TIDYING,
    ).catch(() => {});
    this.#isRunning = false;
    if (this.#waiting.length > 0) void this.#run();
  }

  /** Removes what a mark of tags covers, if it is one of such. */
  async #purge(sweep: WaitingSweep): Promise<void> {
    const { tags, at } = sweep;
    if (tags === undefined) return;
    let isWhole = true;
    await this.#steps(RESTS_WAITED, async (cursor) => {
      const purged = await this.#options.l2.call("purge", { tags, cursor });
      sweep.removed += purged.removed;
      isWhole &&= purged.isWhole;
      return purged.cursor;
    });
    if (isWhole) await this.#forget(at);
    sweep.end();
  }

  async #round(served: readonly WaitingSweep[], rests: number): Promise<void> {
    await this.#steps(rests, async (cursor) => {
      const swept = await this.#options.l2.call("sweep", { cursor });
      for (const sweep of served) sweep.removed += swept.removed;
      for (const sweep of this.#waiting) if (sweep.tags === undefined) sweep.removed += swept.removed;
      // Those do not wait for all of this.
      const purges = this.#waiting.filter(({ tags }) => tags !== undefined);
      this.#waiting = this.#waiting.filter(({ tags }) => tags === undefined);
      for (const purge of purges) await this.#purge(purge).catch(purge.end);
      return swept.cursor;
    });
    const { at } = served.at(-1)!;
    const numbers = served.filter((sweep) => sweep.at.epoch === at.epoch).map((sweep) => sweep.at.n);
    this.#swept = { epoch: at.epoch, n: Math.max(...numbers) };
    await this.#forget(this.#swept);
  }

  /** Goes from cursor to cursor, with rests in between. */
  async #steps(rests: number, step: (cursor: string) => Promise<string>): Promise<void> {
    const { clock, timers } = this.#options;
    let cursor = "0";
    do {
      const startMs = clock.nowMs();
      cursor = await step(cursor);
      const restMs = rests * (clock.nowMs() - startMs);
      if (cursor !== "0") await new Promise<void>((resolve) => timers.after(restMs, resolve));
    } while (cursor !== "0");
  }

  async #forget(swept: Version): Promise<void> {
    this.#forgottenMs = this.#options.clock.nowMs();
    await this.#options.l2.call("forget", swept);
  }
}
