// A worker's place in its instance: its number, its way to the others' reports, and to the hub where there is one.

import type { ReportState } from "../observe/report-state.ts";
import type { ShardLink } from "../store/shared/shard.ts";

export interface Seat {
  readonly index: number;
  /** Instead of Redis; none where Redis keeps the workers coherent. */
  readonly hub: ShardLink | undefined;
  /** The reports of all workers. */
  collect(): Promise<readonly ReportState[]>;
}
