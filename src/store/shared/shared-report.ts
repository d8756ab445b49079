// What a shared store has to report: its L2 and its coherence, all partitions together. Cold.

import { Histogram } from "../../observe/histogram.ts";
import type { SharedReport } from "../../observe/report.ts";
import type { SharedStore } from "./shared-store.ts";

export function sharedReportOf<M>(store: SharedStore<M>, nowMs: number, instances: number): SharedReport {
  const { shards } = store;
  const lag = new Histogram();
  const l2Durations = new Map<string, Histogram>();
  const coherence = { received: 0, malformed: 0, selfSkipped: 0, gaps: 0 };
  let errors = 0;
  for (const { partition, l2 } of shards) {
    lag.add(partition.lag.state);
    coherence.received += partition.received;
    coherence.malformed += partition.malformed;
    coherence.selfSkipped += partition.selfSkipped;
    coherence.gaps += partition.gaps;
    errors += l2.errors;
    for (const [operation, histogram] of l2.durations) {
      let sum = l2Durations.get(operation);
      if (sum === undefined) l2Durations.set(operation, (sum = new Histogram()));
      sum.add(histogram.state);
    }
  }
  const isProven = store.isFresh(nowMs);
  const isUp = shards.every(({ l2 }) => !l2.isOpen);
  return {
    l2: { state: isUp ? "up" : "down", hits: store.reader.hits, misses: store.reader.misses, errors },
    l2Durations,
    coherence: { ...coherence, state: isProven ? "proven" : "unproven", sent: store.writer.sent, lag },
    instances,
  };
}
