// Takes up the counters of a listener as they are. Cold.

import type { Services } from "../services.ts";
import type { Figures } from "./figures.ts";

/** All since the listener began. */
export function figuresOf({ commands, monitoring, options, store }: Services): Figures {
  const reads = options.traffic.reads();
  const { evictions } = store.engine.stats();
  return {
    totals: {
      hits: reads.l1Hits + reads.l2Hits,
      misses: reads.misses,
      expired: evictions.expired,
      evicted: evictions.capacity,
      connections: monitoring.connectionsReceived,
      inputBytes: monitoring.inputBytes,
      outputBytes: monitoring.outputBytes,
      laneNs: options.laneTraffic.durations.sumNs,
      measuredNs: monitoring.measuredNs,
    },
    commands: new Map(
      [...commands.values()].map((counts) => {
        const { calls, failed, rejected } = counts;
        return [counts, { calls, failed: failed - rejected, rejected }];
      }),
    ),
  };
}
