// L1 as the protocol's partitions see it: they look at numbers, drop keys, flush, and cover with marks.

import type { Clock } from "../../base/clock.ts";
import { MARKS_MAX } from "../../base/limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { Engine, Validation } from "../../cache/engine.ts";
import type { L1Port } from "../../coherence/partition.ts";
import type { MassTarget, Target } from "../../coherence/target.ts";
import { MarkedEngine } from "../marks/marked-engine.ts";

export interface EngineL1Options<M> {
  /** Makes the engine around the check of marks and losses. */
  readonly createEngine: (validation: Validation<M>) => Engine<M>;
  readonly partitions: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Marks are counted for their owners where the truth is; here they are all one's. */
const OWNER = "";
const BOUNDS = { ofOwner: MARKS_MAX, inAll: MARKS_MAX };

export class EngineL1<M> {
  readonly engine: Engine<M>;
  readonly partitions: readonly L1Port[];

  constructor(options: EngineL1Options<M>) {
    const { partitions, clock } = options;
    const marked = new MarkedEngine<M>({ ...options, bounds: BOUNDS });
    const { engine } = marked;
    this.engine = engine;
    this.partitions = Array.from({ length: partitions }, (_, partition) => ({
      versionOf: (key) => engine.peek(key, clock.nowMs())?.version,
      drop: (key) => void engine.delete(key, clock.nowMs()),
      flush: () => void marked.empty(partition, Number.POSITIVE_INFINITY),
      cover: (target, n) => cover(marked, partition, target, n),
    }));
  }
}

/** Where a mark too many would be needed, the partition's entries are lost: L2 has them. */
function cover<M>(marked: MarkedEngine<M>, partition: number, target: Target, n: number): void {
  if (target.kind === "keys") return;
  if (marked.cover(partition, target satisfies MassTarget, n, OWNER) === undefined)
    marked.empty(partition, n);
}
