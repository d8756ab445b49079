// What makes an instance one of several workers: its number, the reports of all, and the hub where there is one.

import type { Snapshot } from "../observe/snapshot.ts";
import type { ShardLink } from "../store/shared/shard.ts";

export interface WorkerLinks {
  readonly index: number;
  /** Instead of Redis; none where Redis keeps the workers coherent. */
  readonly hub: ShardLink | undefined;
  /** The figures of all workers together. */
  collect(): Promise<Snapshot>;
}
