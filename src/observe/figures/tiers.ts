// The figures of what holds the entries: L1, L2, and what keeps the one like the other. Cold.

import type { Figure, Reading } from "../figure.ts";
import { Histogram } from "../histogram.ts";

const NONE = new Histogram();

export const TIERS_FIGURES = [
  {
    name: "cachee_l1_entries",
    help: "Entries in L1.",
    type: "gauge",
    labels: [],
    merge: "sum",
    stats: ["l1.entries"],
    read: (sources) => [[[], sources.engineStats().entries]],
  },
  {
    name: "cachee_l1_bytes",
    help: "Bytes of L1 in use: keys, variants, ready responses, overhead.",
    type: "gauge",
    labels: [],
    merge: "sum",
    stats: ["l1.bytes"],
    read: (sources) => [[[], sources.engineStats().bytes]],
  },
  {
    name: "cachee_l1_bytes_max",
    help: "Budget of L1 in bytes.",
    type: "gauge",
    labels: [],
    merge: "sum",
    stats: ["l1.bytesMax"],
    read: (sources) => [[[], sources.engineStats().bytesMax]],
  },
  {
    name: "cachee_evictions_total",
    help: "Entries that left L1 undeleted, by reason.",
    type: "counter",
    labels: ["reason"],
    merge: "sum",
    stats: ["l1.evictions", "l1.evictionsByReason.{reason}"],
    read: (sources) =>
      Object.entries(sources.engineStats().evictions).map(([reason, count]) => [[reason], count]),
  },
  {
    name: "cachee_l2_state",
    help: "1 while L2 answers, 0 while it does not; no sample without an L2.",
    type: "gauge",
    labels: [],
    merge: "worst",
    stats: [],
    read: ({ tier }) => (tier === undefined ? [] : [[[], tier.shards.every(({ l2 }) => !l2.isOpen) ? 1 : 0]]),
  },
  {
    name: "cachee_l2_reads_total",
    help: "Keys that were read from L2, by whether it had them.",
    type: "counter",
    labels: ["result"],
    merge: "sum",
    stats: [],
    counters: { l2Hits: ["hit"], l2Misses: ["miss"] },
  },
  {
    name: "cachee_l2_duration_seconds",
    help: "L2 operations, by kind.",
    type: "histogram",
    labels: ["op"],
    merge: "histogram",
    stats: ["l2.latency.{op}"],
    read: ({ tier }) =>
      (tier?.shards ?? []).flatMap(({ l2 }) =>
        [...l2.durations].map(([op, histogram]): Reading => [[op], histogram]),
      ),
  },
  {
    name: "cachee_l2_errors_total",
    help: "L2 operations that failed or timed out.",
    type: "counter",
    labels: [],
    merge: "sum",
    stats: ["l2.errors"],
    counters: { l2Errors: [] },
  },
  {
    name: "cachee_coherence_messages_total",
    help: "Invalidation messages, by direction and result.",
    type: "counter",
    labels: ["direction", "result"],
    merge: "sum",
    stats: ["coherence.messages.{direction}.{result}"],
    counters: {
      invalidationsSent: ["sent", "ok"],
      invalidationsReceived: ["received", "applied"],
      invalidationsOwn: ["received", "self"],
      invalidationsMalformed: ["received", "malformed"],
      invalidationsForeign: ["received", "foreign"],
      invalidationsDisbelieved: ["received", "disbelieved"],
    },
  },
  {
    name: "cachee_coherence_lag_seconds",
    help: "Delay of invalidations, 99th percentile.",
    type: "gauge",
    labels: [],
    merge: "histogram",
    quantile: 0.99,
    stats: ["coherence.lag"],
    read: ({ tier }) => [
      [[], NONE],
      ...(tier?.shards ?? []).map(({ partition }): Reading => [[], partition.lag]),
    ],
  },
  {
    name: "cachee_coherence_gaps_total",
    help: "Gaps seen in the sequence of invalidations.",
    type: "counter",
    labels: [],
    merge: "sum",
    stats: ["coherence.gaps"],
    counters: { gaps: [] },
  },
  {
    name: "cachee_coherence_state",
    help: "1 while L1 is proven coherent, else 0.",
    type: "gauge",
    labels: [],
    merge: "worst",
    stats: [],
    read: ({ tier, nowMs }) => [[[], tier === undefined || nowMs() < tier.freshUntilMs ? 1 : 0]],
  },
] as const satisfies readonly Figure[];
