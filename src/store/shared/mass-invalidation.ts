// Mass invalidation on L2: a mark that is in force at once, then the sweep that removes and counts what it covers.

import { INVALIDATE_COUNT_MS_MAX, RETRY_AFTER_MS } from "../../base/limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { MassTarget } from "../../coherence/target.ts";
import type { L2Done } from "../l2.ts";
import type { Shard } from "./shard.ts";
import { UNAVAILABLE } from "./shared-reader.ts";
import type { InvalidateResult } from "../store.ts";

export interface MassInvalidationContext {
  readonly shards: readonly Shard[];
  readonly timers: Timers;
  readonly origin: string;
  readonly writer: { notAfterMs(shard: Shard): number };
}

/** In force on this instance and in L2 when it resolves; its count is of what was removed until then. */
export async function massInvalidate(
  context: MassInvalidationContext,
  target: MassTarget,
  owner: string,
): Promise<InvalidateResult> {
  const { shards, timers, origin, writer } = context;
  let isRefused = false;
  const marked = await Promise.all(
    shards.map(async (shard) => {
      const { partition, l2 } = shard;
      try {
        const reply = await l2.call("mark", { target, origin, owner, notAfterMs: writer.notAfterMs(shard) });
        if (reply.kind === "too_many_marks") {
          isRefused = true;
          return undefined;
        }
        if (reply.kind !== "done") return undefined;
        partition.endMark(target, reply);
        return { shard, done: reply };
      } catch {
        partition.flush();
        return undefined;
      }
    }),
  );
  const tally = { count: 0 };
  const sweeps = marked.map(async (mark) => {
    if (mark !== undefined) await sweep(mark.shard, target, mark.done, tally);
  });
  const swept = Promise.all(sweeps);
  const late = Promise.withResolvers<void>();
  const cancel = timers.after(INVALIDATE_COUNT_MS_MAX, late.resolve);
  await Promise.race([swept, late.promise]);
  cancel();
  if (isRefused) return { kind: "too_many_marks", retryAfterMs: RETRY_AFTER_MS };
  if (marked.includes(undefined)) return UNAVAILABLE;
  return { kind: "invalidated", count: tally.count };
}

/** Removes what the mark covers, then the mark. Given up at the first failure: the mark stays in force. */
async function sweep(
  shard: Shard,
  target: MassTarget,
  done: L2Done,
  tally: { count: number },
): Promise<void> {
  // All of the partition: what is forgotten then is every mark up to this one.
  const prefix = "";
  let cursor = "0";
  try {
    do {
      const swept = await shard.l2.call("sweep", { prefix, cursor });
      tally.count += swept.removed;
      cursor = swept.cursor;
    } while (cursor !== "0");
    await shard.l2.call("forget", { target, n: done.n });
  } catch {
    // The entries are dead already; the next sweep of this partition removes them.
  }
}
