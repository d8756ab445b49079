// What an instance reports of itself: the objects behind /stats and /metrics. Cold.

import type { EngineStats } from "../cache/engine.ts";
import { Exposition, type Labels } from "./exposition.ts";
import { Histogram } from "./histogram.ts";
import type { LaneTraffic } from "./lane-traffic.ts";
import type { Traffic } from "./traffic.ts";

/** The part of the report that the shared tier supplies; an embedded instance has none of it. */
export interface SharedReport {
  readonly l2: {
    readonly state: "off" | "up" | "down";
    readonly hits: number;
    readonly misses: number;
    readonly errors: number;
  };
  readonly l2Durations: ReadonlyMap<string, Histogram>;
  readonly coherence: {
    readonly state: "proven" | "unproven" | "embedded";
    readonly sent: number;
    readonly received: number;
    readonly malformed: number;
    readonly selfSkipped: number;
    readonly gaps: number;
    readonly lag: Histogram;
  };
  readonly instances: number;
}

/** The report of an instance with no L2: always coherent with itself. */
export const EMBEDDED_REPORT: SharedReport = {
  l2: { state: "off", hits: 0, misses: 0, errors: 0 },
  l2Durations: new Map(),
  coherence: {
    state: "embedded",
    sent: 0,
    received: 0,
    malformed: 0,
    selfSkipped: 0,
    gaps: 0,
    lag: new Histogram(),
  },
  instances: 1,
};

/** What the operating system says of the instance's processes, all together. */
export interface ProcessFigures {
  readonly uptimeSeconds: number;
  readonly rssBytes: number;
  /** User and system. */
  readonly cpuSeconds: number;
}

export function ownProcess(): ProcessFigures {
  const cpu = process.cpuUsage();
  return {
    uptimeSeconds: process.uptime(),
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

export interface ReportSources {
  readonly instance: string;
  readonly process: () => ProcessFigures;
  readonly traffic: Traffic;
  readonly engineStats: () => EngineStats;
  readonly shared: () => SharedReport;
  /** Lanes beside HTTP; they come when they listen. */
  readonly lanes?: readonly LaneTraffic[];
}

/** Gathers what is to be reported: with several workers, from all of them. */
export type GatherReport = () => ReportSources | Promise<ReportSources>;

/** With `buckets`, the latencies carry their whole histograms, from which the quantiles of any stretch of time follow. */
export function statsOf(sources: ReportSources, buckets = false): object {
  const { traffic, lanes = [] } = sources;
  const engine = sources.engineStats();
  const { l2, coherence } = sources.shared();
  const looked = traffic.l1Hits + traffic.hitsL2 + traffic.misses;
  return {
    instance: sources.instance,
    wallMs: Date.now(),
    uptimeSeconds: Math.round(sources.process().uptimeSeconds * 1_000) / 1_000,
    l1: {
      entries: engine.entries,
      bytes: engine.bytes,
      bytesMax: engine.bytesMax,
      hits: traffic.l1Hits,
      misses: traffic.hitsL2 + traffic.misses,
      hitRate: looked === 0 ? 0 : traffic.l1Hits / looked,
      evictions: Object.values(engine.evictions).reduce((sum, count) => sum + count, 0),
    },
    l2,
    latency: {
      fast: latencyOf(traffic.fast, buckets),
      cold: latencyOf(traffic.cold, buckets),
      ...Object.fromEntries(lanes.map((lane) => [lane.lane, latencyOf(lane.durations, buckets)])),
    },
    lanes: Object.fromEntries(lanes.map((lane) => [lane.lane, { connections: lane.connections() }])),
    coherence: {
      state: coherence.state,
      sent: coherence.sent,
      received: coherence.received,
      selfSkipped: coherence.selfSkipped,
      gaps: coherence.gaps,
      lagMsP99: coherence.lag.quantileNs(0.99) / 1e6,
    },
    rssBytes: sources.process().rssBytes,
  };
}

function latencyOf(histogram: Histogram, buckets: boolean): object {
  const summary = histogram.summary();
  return buckets ? { ...summary, sumNs: histogram.sumNs, buckets: histogram.buckets() } : summary;
}

export function metricsOf(sources: ReportSources): string {
  const out = new Exposition();
  const { lanes = [] } = sources;
  writeTraffic(out, sources.traffic, lanes);
  writeLanes(out, lanes);
  writeEngine(out, sources.engineStats());
  writeShared(out, sources.shared());
  const { rssBytes, cpuSeconds } = sources.process();
  out.counter("cachee_rate_limited_total", "Requests refused for their key's rate.", [
    [{}, sources.traffic.rateLimited],
  ]);
  out.gauge("process_resident_memory_bytes", "Resident memory.", [[{}, rssBytes]]);
  out.counter("process_cpu_seconds_total", "CPU time, user and system.", [[{}, cpuSeconds]]);
  return out.toString();
}

function writeTraffic(out: Exposition, traffic: Traffic, lanes: readonly LaneTraffic[]): void {
  const requests: (readonly [Labels, number])[] = [...traffic.requests()].map(([key, count]) => {
    const [method = "", status = ""] = key.split(" ");
    return [{ method, status }, count];
  });
  for (const { lane, commands } of lanes) {
    for (const { command, ok, failed } of commands()) {
      if (ok > 0) requests.push([{ lane, method: command, status: "ok" }, ok]);
      if (failed > 0) requests.push([{ lane, method: command, status: "error" }, failed]);
    }
  }
  out.counter("cachee_requests_total", "Requests answered, by method and status.", requests);
  out.counter("cachee_hits_total", "Reads answered, by the tier that had the value.", [
    [{ tier: "l1" }, traffic.l1Hits],
    [{ tier: "l2" }, traffic.hitsL2],
  ]);
  out.counter("cachee_misses_total", "Reads that no tier could answer.", [[{}, traffic.misses]]);
  out.histogram(
    "cachee_request_duration_seconds",
    "From a handler's entry to its finished answer, by lane.",
    [
      [{ lane: "fast" }, traffic.fast],
      [{ lane: "cold" }, traffic.cold],
      ...lanes.map((lane) => [{ lane: lane.lane }, lane.durations] as const),
    ],
  );
}

function writeLanes(out: Exposition, lanes: readonly LaneTraffic[]): void {
  if (lanes.length === 0) return;
  out.gauge(
    "cachee_lane_connections",
    "Open connections, by lane.",
    lanes.map((lane) => [{ lane: lane.lane }, lane.connections()] as const),
  );
  out.counter(
    "cachee_lane_cuts_total",
    "Connections that the server refused or ended, by lane and reason.",
    lanes.flatMap((lane) => [...lane.cuts()].map(([reason, n]) => [{ lane: lane.lane, reason }, n] as const)),
  );
}

function writeEngine(out: Exposition, engine: EngineStats): void {
  out.gauge("cachee_l1_entries", "Entries in L1.", [[{}, engine.entries]]);
  out.gauge("cachee_l1_bytes", "Bytes of L1 in use: keys, variants, ready responses, overhead.", [
    [{}, engine.bytes],
  ]);
  out.gauge("cachee_l1_bytes_max", "Budget of L1 in bytes.", [[{}, engine.bytesMax]]);
  out.counter(
    "cachee_evictions_total",
    "Entries that left L1 undeleted, by reason.",
    Object.entries(engine.evictions).map(([reason, count]) => [{ reason }, count] as const),
  );
}

function writeShared(out: Exposition, shared: SharedReport): void {
  const { l2, coherence } = shared;
  const durations = [...shared.l2Durations].map(([op, histogram]) => [{ op }, histogram] as const);
  out.histogram("cachee_l2_duration_seconds", "L2 operations, by kind.", durations);
  out.counter("cachee_l2_errors_total", "L2 operations that failed or timed out.", [[{}, l2.errors]]);
  out.counter("cachee_coherence_messages_total", "Invalidation messages, by direction and result.", [
    [{ direction: "sent", result: "ok" }, coherence.sent],
    [{ direction: "received", result: "applied" }, coherence.received],
    [{ direction: "received", result: "self" }, coherence.selfSkipped],
    [{ direction: "received", result: "malformed" }, coherence.malformed],
  ]);
  out.gauge("cachee_coherence_lag_seconds", "Delay of invalidations, 99th percentile.", [
    [{}, coherence.lag.quantileNs(0.99) / 1e9],
  ]);
  out.counter("cachee_coherence_gaps_total", "Gaps seen in the sequence of invalidations.", [
    [{}, coherence.gaps],
  ]);
  out.gauge("cachee_coherence_state", "1 while L1 is proven coherent, else 0.", [
    [{}, coherence.state === "unproven" ? 0 : 1],
  ]);
  out.gauge("cachee_instances", "Healthy instances in the registry.", [[{}, shared.instances]]);
}
