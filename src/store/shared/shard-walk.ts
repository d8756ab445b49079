// Walks the keys of all partitions' L2, one partition after the other, from a cursor that stands for both. Cold.
//
// A cursor of partition p out of P at L2's own cursor c is c × P + p: a decimal number, 0 where the walk begins.

import type { Clock } from "../../base/clock.ts";
import { COUNT_MS_MAX } from "../../base/limits.ts";
import type { Shard } from "./shard.ts";
import { UNAVAILABLE } from "./shared-reader.ts";
import type { ScanPage, Unavailable } from "../store.ts";

const CURSOR = /^\d{1,20}$/;

export async function scanShards(
  shards: readonly Shard[],
  cursor: string,
  count: number,
  prefix: string,
): Promise<ScanPage | Unavailable> {
  const partitions = BigInt(shards.length);
  const from = CURSOR.test(cursor) ? BigInt(cursor) : 0n;
  const partition = Number(from % partitions);
  try {
    const request = { cursor: String(from / partitions), count, prefix };
    const scanned = await shards[partition]!.l2.call("scan", request);
    return { kind: "page", keys: scanned.keys, cursor: next(scanned.cursor, partition, shards.length) };
  } catch {
    return UNAVAILABLE;
  }
}

function next(cursor: string, partition: number, partitions: number): string {
  if (cursor !== "0") return String(BigInt(cursor) * BigInt(partitions) + BigInt(partition));
  return partition + 1 < partitions ? String(partition + 1) : "0";
}

/** Counts entries for up to COUNT_MS_MAX; of more than can be counted in that time, those that were. */
export async function countShards(shards: readonly Shard[], clock: Clock): Promise<number | Unavailable> {
  const untilMs = clock.nowMs() + COUNT_MS_MAX;
  let count = 0;
  try {
    for (const { l2 } of shards) {
      let cursor = "0";
      do {
        const some = await l2.call("count", { cursor });
        count += some.count;
        cursor = some.cursor;
      } while (cursor !== "0" && clock.nowMs() < untilMs);
    }
    return count;
  } catch {
    return UNAVAILABLE;
  }
}
