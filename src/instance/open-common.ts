// Opens the store of one of several workers that have one memory in common and no Redis. Cold.

import { systemClock } from "../base/clock.ts";
import { yieldCore } from "../cache/memory/memory-file.ts";
import { mapSharedMemory } from "../cache/shared/shared-memory.ts";
import { SharedL1 } from "../cache/shared/shared-l1.ts";
import type { EngineFigures } from "../observe/sources.ts";
import { Compressor } from "../record/compressor.ts";
import { commonMemoryOf } from "../store/common/common-memory.ts";
import { CommonParts } from "../store/common/common-parts.ts";
import { CommonStore } from "../store/common/common-store.ts";
import { MarkLog } from "../store/common/mark-log.ts";
import { EmbeddedStore } from "../store/embedded/embedded-store.ts";
import { LateValidation } from "../store/marks/late-validation.ts";
import type { Siblings } from "../store/siblings.ts";
import { commonOriginMs, MEMORY_DESCRIPTOR, type MemoryAssignment } from "./worker-memory.ts";

interface OpenCommon<M> {
  readonly store: CommonStore<M>;
  /** What this process adds to the instance's figures of L1. */
  readonly engineFigures: EngineFigures;
}

/** `worker`: which of the workers this is. */
export function openCommon<M>(
  { layout, own, workers, epoch }: MemoryAssignment,
  worker: number,
  siblings: Siblings,
): OpenCommon<M> {
  const memory = mapSharedMemory(MEMORY_DESCRIPTOR, layout);
  const common = commonMemoryOf(memory);
  const originMs = commonOriginMs();
  const clock = systemClock;
  const late = new LateValidation<M>();
  const engine = new SharedL1<M>({
    memory,
    own,
    worker,
    workers,
    originMs,
    yieldCore,
    random: Math.random,
    ...late,
    catchUp: () => inner.catchUp(),
  });
  const parts = new CommonParts({
    memory: common,
    worker,
    workers,
    engine: () => engine,
    shardOf: (key) => engine.shardNumberOf(key),
    clock,
    originMs,
  });
  const inner: EmbeddedStore<M> = new EmbeddedStore<M>({
    createEngine: (validation) => {
      late.settle(validation);
      return engine;
    },
    clock,
    compressor: new Compressor(),
    epoch,
    commons: parts,
    log: new MarkLog({ memory: common, own, yieldCore }),
    readAgain: (key, nowMs, wish) => store.readAgain(key, nowMs, wish),
  });
  const store: CommonStore<M> = new CommonStore<M>({ inner, parts, siblings, clock, epoch });
  // The supervisor counts what is in the common memory.
  const engineFigures = {
    entries: 0,
    bytes: 0,
    bytesMax: 0,
    evictions: {},
    get lockWaits() {
      return engine.lockWaits;
    },
  };
  return { store, engineFigures };
}
