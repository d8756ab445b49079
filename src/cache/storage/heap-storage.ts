// The storage of an engine that nobody else has: on the heap of this process. Cold.
import type { Budget } from "../budget.ts";
import { plainAllocator, type Allocator } from "../memory/allocator.ts";
import { heapArena } from "../memory/arena.ts";
import { HeapSlab } from "../memory/heap-slab.ts";
import { EntryStorage } from "./entry-storage.ts";
import type { EntryStorageOptions } from "./entry-storage-options.ts";
import type { KeyBytes } from "./key-bytes.ts";

/** Arguments as EntryStorageOptions has them; slabs come from `allocator`, or from the runtime. */
export function heapStorage(
  budget: Budget,
  keys: KeyBytes,
  allocator: Allocator | undefined,
  createPolicy: EntryStorageOptions["createPolicy"],
  random: () => number,
  leaving: EntryStorageOptions["leaving"],
): EntryStorage {
  const slab = new HeapSlab(allocator ?? plainAllocator, budget.segmentBytes, budget.bytesMax);
  return new EntryStorage({
    budget,
    keys,
    arena: heapArena,
    slab,
    isShared: false,
    createPolicy,
    random,
    leaving,
  });
}
