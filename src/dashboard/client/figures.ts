// The figures of the page by name: `data-figure="NAME"` in page.html is filled with what stands here.

import { bytes, count, latency, percent, rate, span, UNKNOWN } from "./format.ts";
import type { Change, Sample } from "./sample.ts";
import type { Stats } from "../../observe/stats.ts";

type Figure = (sample: Sample) => string;

const laneOf = (change: Change | null, lane: string) => change?.lanes[lane];
const latencyOf = (stats: Stats | null, lane: string) => {
  const whole = stats?.latency[lane];
  return whole === undefined || whole.count === 0 ? undefined : whole;
};

const L2_STATES: Readonly<Record<string, string>> = {
  off: "Not configured",
  up: "Connected",
  down: "Unreachable",
};
const COHERENCE_STATES: Readonly<Record<string, string>> = {
  embedded: "Embedded, alone",
  proven: "Proven",
  unproven: "Not proven",
};

const stateText = (texts: Readonly<Record<string, string>>, state: string | undefined) =>
  state === undefined ? UNKNOWN : (texts[state] ?? state);

export const FIGURES: Readonly<Record<string, Figure>> = {
  requests: ({ change }) => rate(change?.requests),
  fastRate: ({ change }) => rate(laneOf(change, "fast")?.rate),
  coldRate: ({ change }) => rate(laneOf(change, "cold")?.rate),

  hitRate: ({ change }) => percent(change?.hitRate),
  hitRateSinceStart: ({ stats }) =>
    stats === null || stats.l1.hits + stats.l1.misses === 0 ? UNKNOWN : percent(stats.l1.hitRate),
  hitsRate: ({ change }) => rate(change?.hits),
  missesRate: ({ change }) => rate(change?.misses),

  l1Bytes: ({ stats }) => bytes(stats?.l1.bytes),
  l1BytesMax: ({ stats }) => bytes(stats?.l1.bytesMax),
  l1Share: ({ stats }) => percent(stats === null ? null : stats.l1.bytes / stats.l1.bytesMax),
  entries: ({ stats }) => count(stats?.l1.entries),
  rss: ({ stats }) => bytes(stats?.rssBytes),

  evictionsRate: ({ change }) => rate(change?.evictions["capacity"]),
  evictions: ({ stats }) => count(stats?.l1.evictionsByReason["capacity"]),

  fastP50: ({ change }) => latency(laneOf(change, "fast")?.quantiles.p50),
  fastP99: ({ change }) => latency(laneOf(change, "fast")?.quantiles.p99),
  fastP999: ({ change }) => latency(laneOf(change, "fast")?.quantiles.p999),
  fastCount: ({ stats }) => count(stats?.latency["fast"]?.count),
  fastMean: ({ stats }) => latency(latencyOf(stats, "fast")?.meanUs),
  fastMax: ({ stats }) => latency(latencyOf(stats, "fast")?.maxUs),
  coldP50: ({ change }) => latency(laneOf(change, "cold")?.quantiles.p50),
  coldP99: ({ change }) => latency(laneOf(change, "cold")?.quantiles.p99),
  coldP999: ({ change }) => latency(laneOf(change, "cold")?.quantiles.p999),
  coldCount: ({ stats }) => count(stats?.latency["cold"]?.count),
  coldMean: ({ stats }) => latency(latencyOf(stats, "cold")?.meanUs),
  coldMax: ({ stats }) => latency(latencyOf(stats, "cold")?.maxUs),

  l2State: ({ stats }) => stateText(L2_STATES, stats?.l2.state),
  l2Hits: ({ stats }) => count(stats?.l2.hits),
  l2Misses: ({ stats }) => count(stats?.l2.misses),
  l2HitRate: ({ stats }) =>
    percent(stats === null ? null : stats.l2.hits / (stats.l2.hits + stats.l2.misses)),
  l2Errors: ({ stats }) => count(stats?.l2.errors),

  coherenceState: ({ stats }) => stateText(COHERENCE_STATES, stats?.coherence.state),
  sent: ({ stats }) => count(stats?.coherence.sent),
  received: ({ stats }) => count(stats?.coherence.received),
  selfSkipped: ({ stats }) => count(stats?.coherence.selfSkipped),
  gaps: ({ stats }) => count(stats?.coherence.gaps),
  lag: ({ stats }) => latency((stats?.coherence.lagMsP99 ?? 0) * 1_000 || null),

  instance: ({ stats }) => stats?.instance ?? UNKNOWN,
  uptime: ({ stats }) => span(stats?.uptimeSeconds),
};

/** How well a state is, for its mark beside the words. */
export function moodOf(state: string | undefined): "good" | "bad" | "idle" {
  if (state === "up" || state === "proven" || state === "embedded") return "good";
  return state === "down" || state === "unproven" ? "bad" : "idle";
}
