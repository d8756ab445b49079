// Mass invalidation on L2: a mark that is in force at once, then the sweep that removes and counts what it covers.

import { INVALIDATE_COUNT_MS_MAX, RETRY_AFTER_MS } from "../../base/limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { MassTarget } from "../../coherence/target.ts";
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
        partition.endChange(target, reply);
        await shard.settle(target, reply);
        return { shard, at: reply };
      } catch {
        partition.flush();
        return undefined;
      }
    }),
  );
  const tags = target.kind === "tags" ? target.tags : undefined;
  const sweeps = marked.flatMap((mark) =>
    mark === undefined ? [] : [mark.shard.sweeper.sweep(mark.at, tags)],
  );
  const swept = Promise.all(sweeps.map(({ done }) => done));
  const late = Promise.withResolvers<void>();
  const cancel = timers.after(INVALIDATE_COUNT_MS_MAX, late.resolve);
  await Promise.race([swept, late.promise]);
  cancel();
  if (isRefused) return { kind: "too_many_marks", retryAfterMs: RETRY_AFTER_MS };
  if (marked.includes(undefined)) return UNAVAILABLE;
  return { kind: "invalidated", count: sweeps.reduce((sum, { removed }) => sum + removed, 0) };
}
