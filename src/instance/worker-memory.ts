// The memory that all workers of an instance have in common: made and looked after by the supervisor, mapped by each. Cold.

import { closeSync, fstatSync } from "node:fs";
import { messageOf } from "../base/bug.ts";
import { systemClock } from "../base/clock.ts";
import { workersOf, type Settings } from "../base/settings/settings.ts";
import { largestRecordOf, layOut, partsOf, type MemoryLayout } from "../cache/shared/layout.ts";
import { createMemoryFile, machineNs } from "../cache/memory/memory-file.ts";
import { MemoryKeeper } from "../cache/shared/memory-keeper.ts";
import { mapSharedMemory } from "../cache/shared/shared-memory.ts";
import type { EngineStats } from "../cache/engine.ts";
import { COMMON_NEEDS, commonMemoryOf, type CommonMemory } from "../store/common/common-memory.ts";
import { forgetWorker } from "../store/common/common-parts.ts";

/** What a worker needs to have its part in the memory, besides the descriptor: plain data. */
export interface MemoryAssignment {
  readonly layout: MemoryLayout;
  /** The process's number, which no other process ever has. */
  readonly own: number;
  readonly workers: number;
  /** The epoch of all versions. */
  readonly epoch: string;
}

/** Where a worker finds the memory's descriptor: after its three standard ones. */
export const MEMORY_DESCRIPTOR = 3;
const KEEPER = 1;
const BLOCK_BYTES = 512;
const CLOCK_TRIES = 16;

export class WorkerMemory {
  readonly descriptor: number;
  readonly #layout: MemoryLayout;
  readonly #workers: number;
  readonly #keeper: MemoryKeeper;
  readonly #common: CommonMemory;
  readonly #epoch = crypto.randomUUID();
  #numbers = KEEPER;

  private constructor(descriptor: number, layout: MemoryLayout, workers: number) {
    this.descriptor = descriptor;
    this.#layout = layout;
    this.#workers = workers;
    const memory = mapSharedMemory(descriptor, layout);
    this.#keeper = new MemoryKeeper(memory, KEEPER, true);
    this.#common = commonMemoryOf(memory);
  }

  /** A new memory as the settings want it; or why there is none. */
  static create(settings: Settings): WorkerMemory | { readonly unavailable: string } {
    const workers = workersOf(settings);
    const { eviction: policy, l1BytesMax: bytesMax, valueBytesMax } = settings;
    const needs = { bytesMax, workers, policy, valueBytesMax, ...COMMON_NEEDS };
    const layout = layOut(needs);
    const { recordBytesMax } = layout.shardBudget;
    if (recordBytesMax < largestRecordOf(needs)) {
      return { unavailable: `values above ${recordBytesMax} bytes are one process's alone` };
    }
    const descriptor = createMemoryFile(partsOf(layout).reduce((sum, size) => sum + size, 0));
    if (typeof descriptor !== "number") return descriptor;
    try {
      return new WorkerMemory(descriptor, layout, workers);
    } catch (thrown) {
      // The process may have too little address space.
      closeSync(descriptor);
      return { unavailable: messageOf(thrown) };
    }
  }

  /** For the next process that is started as a worker. */
  assign(): MemoryAssignment {
    this.#numbers += 1;
    return { layout: this.#layout, own: this.#numbers, workers: this.#workers, epoch: this.#epoch };
  }

  /** The process with the number `own`, worker `index`, has ended: the shards that it was writing are emptied; how many. */
  ended(own: number, index: number): number {
    // What it has said in the log is in force from now on; else it would be at some later time.
    if (forgetWorker(this.#common, index, own)) this.#keeper.beginGeneration();
    return this.#keeper.recover(own);
  }

  /** The figures of the whole L1. */
  stats(): EngineStats {
    return { ...this.#keeper.stats(), bytesMax: this.#layout.bytesMax };
  }

  /** What of it is resident, counted once. */
  get residentBytes(): number {
    return fstatSync(this.descriptor).blocks * BLOCK_BYTES;
  }
}

/**
 * What is to be added to this process's engine time for the time that all processes of this machine have in common, ms.
 * Another process may have the core between two looks at clocks: of several tries the quickest counts.
 */
export function commonOriginMs(ownMs = systemClock.nowMs, commonNs = machineNs): number {
  let originMs = 0;
  let quickestMs = Infinity;
  for (let tries = 0; tries < CLOCK_TRIES; tries++) {
    const before = ownMs();
    const commonMs = commonNs() / 1e6;
    const tookMs = ownMs() - before;
    if (tookMs >= quickestMs) continue;
    quickestMs = tookMs;
    originMs = commonMs - (before + tookMs / 2);
  }
  return originMs;
}
