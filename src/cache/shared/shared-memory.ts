// One memory that several processes map, as the engine of each has it: its parts, and the words that all have in common. Cold.
import { mapMemoryFile } from "../memory/memory-file.ts";
import type { MappedPart } from "../memory/memory-file.ts";
import { partsOf } from "./layout.ts";
import type { MemoryLayout } from "./layout.ts";

/** Words of the head, a cache line for each: the newest generation, the seed of all hashes, whether it was set up. */
export const NEWEST = 0;
export const SEED = 16;
const HEAD_WORDS = 32;
/** From here on the head is its owner's. */
const OWN_START = 4096;

export interface SharedMemory {
  readonly layout: MemoryLayout;
  /** The words NEWEST and SEED. */
  readonly words: Int32Array;
  /** The owner's own part of the head: from `start` on. */
  readonly own: { readonly memory: ArrayBuffer; readonly start: number };
  readonly shards: readonly MappedPart[];
}

/** Maps the file's memory. */
export function mapSharedMemory(descriptor: number, layout: MemoryLayout): SharedMemory {
  const parts = mapMemoryFile(descriptor, partsOf(layout));
  const { memory } = parts[0]!;
  return {
    layout,
    words: new Int32Array(memory, 0, HEAD_WORDS),
    own: { memory, start: OWN_START },
    shards: parts.slice(1),
  };
}
