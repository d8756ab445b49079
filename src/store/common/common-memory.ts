// Where in a shared memory the store keeps what all workers of an instance have in common. Cold.

import { LEASES_MAX } from "../../base/limits.ts";
import type { MemoryNeeds } from "../../cache/shared/layout.ts";
import type { SharedMemory } from "../../cache/shared/shared-memory.ts";

const WORDS = 1024;
const NUMBERS = 64;
const NUMBERS_START = 4 * WORDS;
const COUNTS = 4096;
const COUNTS_START = NUMBERS_START + 8 * NUMBERS;
const RING_START = COUNTS_START + 4 * COUNTS;
/** Bytes of all mass invalidations that are in force. */
const RING_BYTES = 2 ** 21;

/** Words: the lock of the log of marks, and from INTEREST on the bits of the workers that want to hear of changes. */
export const MARKS_LOCK = 0;
export const INTEREST = 16;
/** Numbers, none below 0, a cache line for each; the first is the sequence's. */
export const LOG_END = 8;
export const LOG_START = 16;
export const LEASE_FLOOR = 24;
export const LEASES_UNTIL = 32;
export const STALE_UNTIL = 40;
export const LOG_COUNT = 48;

/** Of each lease: two numbers and six words. */
export const LEASE_NUMBERS = 2;
export const LEASE_WORDS = 6;
const LEASE_BYTES = 8 * LEASE_NUMBERS + 4 * LEASE_WORDS;

/** What the store needs of the memory. */
export const COMMON_NEEDS: Pick<MemoryNeeds, "headBytes" | "extraBytes"> = {
  headBytes: RING_START + RING_BYTES,
  extraBytes: (shards) => leasesOf(shards) * LEASE_BYTES,
};

export interface CommonMemory {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  /** The memory of `numbers`; the first is the number of the last change. */
  readonly sequence: BigInt64Array;
  /** Entries that each mark has removed, by the mark's number. */
  readonly counts: Int32Array;
  readonly ring: Buffer;
  /** Of each shard. */
  readonly leases: readonly LeaseMemory[];
}

export interface LeaseMemory {
  readonly numbers: Float64Array;
  readonly words: Uint32Array;
}

export function commonMemoryOf({ own, shards, layout }: SharedMemory): CommonMemory {
  const { memory, start } = own;
  const leases = leasesOf(layout.shards);
  return {
    words: new Int32Array(memory, start, WORDS),
    numbers: new Float64Array(memory, start + NUMBERS_START, NUMBERS),
    sequence: new BigInt64Array(memory, start + NUMBERS_START, NUMBERS),
    counts: new Int32Array(memory, start + COUNTS_START, COUNTS),
    ring: Buffer.from(memory, start + RING_START, RING_BYTES),
    leases: shards.map(({ memory: shard }) => ({
      numbers: new Float64Array(shard, layout.extraStart, leases * LEASE_NUMBERS),
      words: new Uint32Array(shard, layout.extraStart + 8 * LEASE_NUMBERS * leases, leases * LEASE_WORDS),
    })),
  };
}

const raised = new Float64Array(1);
const raisedBits = new BigInt64Array(raised.buffer);

/**
 * Has one of `numbers` be `least` or more, whoever else raises it at the same time. Numbers that are not below 0 come in
 * the order of their bits.
 */
export function raise({ sequence }: CommonMemory, at: number, least: number): void {
  raised[0] = least;
  const bits = raisedBits[0]!;
  let present = Atomics.load(sequence, at);
  while (present < bits) {
    const found = Atomics.compareExchange(sequence, at, present, bits);
    if (found === present) return;
    present = found;
  }
}

/** Places for leases in each shard: twice what there may be of them, as keys are spread unevenly. A power of two. */
function leasesOf(shards: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(64, (2 * LEASES_MAX) / shards)));
}
