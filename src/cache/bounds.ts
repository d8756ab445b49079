// The engine's fixed sizes and shares, in one place with their relations asserted at load. Cold.

/** Bytes before a record in a slab: slot, key length, record length, stamp (4 each), version and expiry (8 each). */
export const HEADER_BYTES = 32;
/** Bytes of all columns of one slot and of its bucket in the index. */
export const SLOT_BYTES = 44;
/** Bytes more of a slot that other processes read. */
export const SEQUENCE_BYTES = 4;
/** No slot, no link. */
export const NONE = -1;
/** `position` of a slot whose bytes are nowhere. */
export const NOWHERE = 0xffffffff;

export const SEGMENT_BYTES_MIN = 16 * 1024;
export const SEGMENT_BYTES_MAX = 2 * 1024 * 1024;
/** A budget is cut into at least this many segments, as far as SEGMENT_BYTES_MIN allows. */
export const SEGMENTS_MIN = 48;
/** Segments kept back: the writer's, the cleaner's, and one to clean into. */
export const SEGMENTS_RESERVED = 3;
/** An item above this share of a segment has a buffer of its own. */
export const LARGE_SEGMENT_SHARE = 1 / 8;
/** Bytes charged for a buffer of its own beyond the item: the objects around it and the allocator's rounding. */
export const LARGE_OVERHEAD_BYTES = 1024;
/** The allocator hands out larger buffers in whole pages of this many bytes. */
export const LARGE_PAGE_BYTES = 4096;
/** Slab bytes are charged at this rate, which leaves the cleaner garbage to gain from. */
export const SLAB_CHARGE = 12 / 11;
/** A segment with more than this share alive is not worth cleaning; entries are evicted instead. */
export const CLEAN_LIVE_SHARE_MAX = 0.95;
/** The least the cleaner walks when it is behind, for each write. */
export const CLEAN_BYTES_MIN = 2048;

/** Comparisons with a slot's traits that take as long as asking about an entry. */
export const COMPARISONS_A_STEP = 256;

/** What a tick gives back to the system after a `clear`: less than a millisecond's worth. */
export const GIVE_BACK_BYTES = 4 * 2 ** 20;

/** Addresses of 8 bytes serve budgets up to this; above it, of 16. */
export const NARROW_BYTES_MAX = 8 * 2 ** 30;
export const BUDGET_BYTES_MAX = 48 * 2 ** 30;
export const BUDGET_BYTES_MIN = 256 * 1024;
/** Every budget that can takes a record of this size, the largest value with its head. */
export const LARGE_RECORD_BYTES = 8 * 2 ** 20 + 64 * 1024;
/** A record takes at most this share of a budget, where that is more than a quarter because the budget is small. */
export const LARGE_RECORD_SHARE = 0.55;
export const RECORD_BYTES_MAX = 2 ** 30;

/** The hot front has at most this share of the budget, entries and memos together. */
export const FRONT_SHARE = 1 / 8;
export const FRONT_BYTES_MAX = 512 * 2 ** 20;
/** Entries in the front: what the garbage collector has to walk. */
export const FRONT_COUNT_MAX = 65_536;
/** Bytes of a front entry, its place in the map, its view, without key and memo. */
export const FRONT_ENTRY_BYTES = 400;
/** One memo has at most this share of the front. */
export const MEMO_SHARE_MAX = 1 / 4;

/** Shards of a shared memory for each worker, as far as the budget is enough for them. */
export const SHARDS_A_WORKER = 4;
/** Bytes of a shard's budget at most: all that belongs to it lies in one view. */
export const SHARD_BYTES_MAX = 384 * 2 ** 20;
/**
 * Room among a shard's addresses for so many times its budget: a large item may use a little more than half of its
 * pieces, and there are gaps between them. The collector counts all of it as heap.
 */
export const PIECES_FACTOR = 3;
/** How long a writer tries to get a shard at once, ms. */
export const LOCK_TRY_MS = 2;
/** How long a read waits for a writer to finish the very entry that is asked for, ms: in all, and of its own core's time. */
export const READ_WAIT_MS = 2_000;
export const READ_WAIT_CPU_MS = 30;
/** Hits of a shard that a worker tells the policy together. */
export const HITS_TOLD_TOGETHER = 64;
/** Entries of a front that a tick compares with their shards, so that none waits a minute for it. */
export const FRONT_CHECKED_A_TICK = 512;
/** Attempts of a read that others' writes may spoil before it asks for the lock. */
export const READ_ATTEMPTS_MAX = 8;
/** Slots that a reader follows in one chain: more are a sign that it was led astray. */
export const CHAIN_MAX = 256;

if (SEGMENTS_MIN <= 4 * SEGMENTS_RESERVED || SLAB_CHARGE * CLEAN_LIVE_SHARE_MAX < 1) {
  throw new Error("the engine's bounds contradict each other");
}
