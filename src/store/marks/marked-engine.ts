// An engine whose entries are held against marks and losses: in force at once, and seen to in the background.
//
// A mark covers by sequence numbers. A loss covers by the engine's generations: whatever of its partition was stored
// before it is not served again, whatever its number, and what is stored after it is good. Neither costs by how much
// is resident, nor by the budget.

import type { Clock } from "../../base/clock.ts";
import { loopWork } from "../../base/loop/loop-work.ts";
import type { Timers } from "../../base/timers.ts";
import type { Engine, EngineOptions, Entry } from "../../cache/engine.ts";
import { partitionOf } from "../../coherence/partition-of.ts";
import type { MassTarget } from "../../coherence/target.ts";
import { tagsIn } from "../../record/in-place.ts";
import { Marks, type Mark, type MarkBounds } from "./marks.ts";

/** Entries that one slice of a sweep looks at: what comes in meanwhile waits a fraction of a millisecond. */
const SWEEP_STEPS = 500;
const SLICES_A_REST = 4;
const REST_MS = 1;
const SWEEP = loopWork.kind("sweep of marks");

export interface MarkedEngineOptions<M> {
  /** Makes the engine around the check of marks and losses. */
  readonly createEngine: (isValid: NonNullable<EngineOptions<M>["isValid"]>) => Engine<M>;
  readonly partitions: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** As Marks takes it. */
  readonly oldestLeaseN?: () => number;
  readonly bounds?: MarkBounds;
}

/** What waits until no entry of an older generation is left. */
interface Pending {
  readonly generation: number;
  readonly done: () => void;
}

const NO_LEASE = (): number => Number.POSITIVE_INFINITY;

export class MarkedEngine<M> {
  readonly engine: Engine<M>;
  readonly #marks: readonly Marks[];
  /** By partition: entries of generations before this one are lost. */
  readonly #goodFrom: number[];
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** By generation. */
  #pending: Pending[] = [];
  #isSweeping = false;
  #slices = 0;

  constructor(options: MarkedEngineOptions<M>) {
    const { partitions, createEngine, oldestLeaseN = NO_LEASE, bounds } = options;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#marks = Array.from({ length: partitions }, () => new Marks(oldestLeaseN, bounds));
    this.#goodFrom = Array.from({ length: partitions }, () => 0);
    this.engine = createEngine((entry, generation) => this.#isValid(entry, generation));
  }

  /** Puts `target` in a partition under marks with number `n`; nothing: there would be too many. */
  cover(partition: number, target: MassTarget, n: number, owner: string): readonly Mark[] | undefined {
    const marks = this.#marks[partition]!;
    const added = marks.add(target, n, owner);
    if (added === undefined) return undefined;
    this.#check(() => marks.swept(added));
    return added;
  }

  /** Loses everything that a partition has now. */
  empty(partition: number): void {
    this.#marks[partition]!.clear();
    this.#goodFrom[partition] = this.#check(() => {});
  }

  /** Whether marks cover what was written, or asked for, at number `n`. */
  isCovered(partition: number, key: string, n: number, tagsOf: () => readonly string[]): boolean {
    return this.#marks[partition]!.covering(key, n, tagsOf) !== undefined;
  }

  /** Resolves when what was covered or lost until now is gone from memory, or after `ms`. */
  swept(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(ms, resolve);
      const done = () => {
        cancel();
        resolve();
      };
      const generation = this.#pending.at(-1)?.generation;
      if (generation === undefined) done();
      else this.#pending.push({ generation, done });
    });
  }

  #isValid(entry: Entry<M>, generation: number): boolean {
    const partition = partitionOf(entry.key, this.#marks.length);
    if (generation < this.#goodFrom[partition]!) return false;
    const mark = this.#marks[partition]!.covering(entry.key, entry.version, () => tagsIn(entry.record));
    if (mark === undefined) return true;
    mark.removed += 1;
    return false;
  }

  /** From now on every entry present is checked before it is served; `done` once all of them were. */
  #check(done: () => void): number {
    const generation = this.engine.revalidate();
    this.#pending.push({ generation, done });
    if (!this.#isSweeping) {
      this.#isSweeping = true;
      this.#timers.after(0, () => this.#sweep());
    }
    return generation;
  }

  /** Looks at some entries, and comes back until nothing is left to look at: a few times in a row, each in another turn
   *  of the event loop, and then after a rest. */
  #sweep(): void {
    loopWork.begin(SWEEP, Bun.nanoseconds());
    this.engine.tick(this.#clock.nowMs(), SWEEP_STEPS);
    const checked = this.engine.checkedGeneration;
    while (this.#pending.length > 0 && this.#pending[0]!.generation <= checked) this.#pending.shift()!.done();
    this.#isSweeping = this.#pending.length > 0;
    this.#slices += 1;
    const restMs = this.#slices % SLICES_A_REST === 0 ? REST_MS : 0;
    if (this.#isSweeping) this.#timers.after(restMs, () => this.#sweep());
  }
}
