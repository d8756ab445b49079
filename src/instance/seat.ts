// A worker's place in its instance: its number, its way to the others' reports, and to the hub where there is one.

import type { Snapshot } from "../observe/snapshot.ts";
import type { ShardLink } from "../store/shared/shard.ts";

export interface Seat {
  readonly index: number;
  /** Instead of Redis; none where Redis keeps the workers coherent. */
  readonly hub: ShardLink | undefined;
  /** The figures of all workers together. */
  collect(): Promise<Snapshot>;
}
