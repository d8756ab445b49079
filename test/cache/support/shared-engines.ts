// Engines over one memory, all in this process: what two workers do in turns, without the workers.
import type { EvictionPolicy } from "../../../src/base/settings/eviction.ts";
import type { Validation } from "../../../src/cache/engine.ts";
import { layOut, partsOf, type MemoryNeeds } from "../../../src/cache/shared/layout.ts";
import { createMemoryFile } from "../../../src/cache/memory/memory-file.ts";
import { MemoryKeeper } from "../../../src/cache/shared/memory-keeper.ts";
import { SharedL1 } from "../../../src/cache/shared/shared-l1.ts";
import { mapSharedMemory, type SharedMemory } from "../../../src/cache/shared/shared-memory.ts";

const KIB = 1024;

/** What the memory's owner has for itself, in the head and in each shard. */
type OwnersPart = Pick<MemoryNeeds, "headBytes" | "extraBytes">;

const NONE: OwnersPart = { headBytes: 0, extraBytes: () => 0 };

/** A memory that is set up. */
export function memoryFor(
  bytesMax: number,
  policy: EvictionPolicy = "adaptive",
  workers = 2,
  owners = NONE,
  valueBytesMax = 64 * KIB,
): SharedMemory {
  const layout = layOut({
    bytesMax,
    workers,
    policy,
    valueBytesMax,
    ...owners,
  });
  const descriptor = createMemoryFile(partsOf(layout).reduce((sum, size) => sum + size, 0));
  if (typeof descriptor !== "number") throw new Error(descriptor.unavailable);
  const memory = mapSharedMemory(descriptor, layout);
  return { memory, keeper: new MemoryKeeper(memory, 1, true) }.memory;
}

/** The engine of worker `index` as the process with number `index + 2`. */
export function engineOf<M>(
  memory: SharedMemory,
  index: number,
  validation?: Partial<Validation<M>>,
  random = Math.random,
  catchUp = () => {},
  yieldCore = () => {},
): SharedL1<M> {
  return new SharedL1<M>({
    memory,
    own: index + 2,
    worker: index,
    workers: 2,
    originMs: 0,
    yieldCore,
    catchUp,
    ...validation,
    random,
  });
}
