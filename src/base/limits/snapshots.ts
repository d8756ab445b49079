// The bounds of snapshots: L1 in a file, written in slices and read at the start.

const KIB = 1024;
const MIB = 1024 * KIB;

/** Entries that are written before all others, the hottest first. */
export const SNAPSHOT_HOT_MAX = 10_000;
/** Bytes that are written at once, bytes of one piece of work, and entries of one step. */
export const SNAPSHOT_CHUNK_BYTES = 1 * MIB;
export const SNAPSHOT_PIECE_BYTES = 256 * KIB;
export const SNAPSHOT_STEPS = 64;
/** Ms between two slices while the instance serves, so that they take a quarter of a core at most. */
export const SNAPSHOT_PAUSE_MS = 10;
/** Ms that writing one at the end of an instance may take, and reading one before it is ready. */
export const SNAPSHOT_DRAIN_MS_MAX = 10_000;
export const SNAPSHOT_READ_MS_MAX = 10_000;
/** The part of L1 that is filled from one. */
export const SNAPSHOT_FILL_SHARE = 0.9;
