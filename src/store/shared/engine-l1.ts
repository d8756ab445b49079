// L1 as the protocol's partitions see it: they look at numbers, drop keys, flush, and cover with marks.

import type { Clock } from "../../base/clock.ts";
import { TICK_STEPS } from "../../base/limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { Engine, EngineOptions } from "../../cache/engine.ts";
import type { L1Port } from "../../coherence/partition.ts";
import { RecordView } from "../../record/record.ts";
import { partitionOf } from "../../coherence/partition-of.ts";
import type { Target } from "../../coherence/target.ts";
import { Watermarks } from "../watermarks.ts";

export interface EngineL1Options<M> {
  /** Makes the engine around the check of marks. */
  readonly createEngine: (isValid: NonNullable<EngineOptions<M>["isValid"]>) => Engine<M>;
  readonly partitions: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class EngineL1<M> {
  readonly engine: Engine<M>;
  /** One for each partition; each with the marks that some resident entries have not been checked against yet. */
  readonly partitions: readonly L1Port[];
  readonly #marks: readonly Watermarks[];
  readonly #clock: Clock;
  readonly #timers: Timers;
  #isSweeping = false;

  constructor(options: EngineL1Options<M>) {
    const { partitions } = options;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#marks = Array.from({ length: partitions }, () => new Watermarks());
    this.engine = options.createEngine((entry) => {
      const marks = this.#marks[partitionOf(entry.key, partitions)]!;
      return marks.covering(entry.key, entry.version, () => new RecordView(entry.record).tags) === undefined;
    });
    this.partitions = this.#marks.map((marks) => ({
      versionOf: (key) => this.engine.peek(key, this.#clock.nowMs())?.version,
      drop: (key) => void this.engine.delete(key, this.#clock.nowMs()),
      flush: () => this.engine.clear(),
      cover: (target, n) => this.#cover(marks, target, n),
    }));
  }

  #cover(marks: Watermarks, target: Target, n: number): void {
    if (target.kind === "keys") return;
    const texts = target.kind === "tags" ? target.tags : [target.kind === "all" ? "" : target.prefix];
    const added = marks.add(target.kind === "tags" ? "tag" : "prefix", texts, n);
    if (added === undefined) this.engine.clear();
    else this.engine.revalidate();
    if (!this.#isSweeping) this.#sweep();
  }

  /** Checks every resident entry against the marks, turn by turn; then the marks are forgotten. */
  #sweep(): void {
    this.#isSweeping = this.engine.tick(this.#clock.nowMs(), TICK_STEPS) >= TICK_STEPS;
    if (this.#isSweeping) this.#timers.after(1, () => this.#sweep());
    else for (const marks of this.#marks) marks.forget(Number.POSITIVE_INFINITY);
  }
}
