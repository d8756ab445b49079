// A report as plain data, and the sum of several: what the workers of one instance add up to. Cold.

import { systemClock } from "../base/clock.ts";
import type { EngineStats } from "../cache/engine.ts";
import { Histogram, type HistogramState } from "./histogram.ts";
import type { ProcessFigures, ReportSources, SharedReport } from "./report.ts";
import { Traffic, type TrafficState } from "./traffic.ts";

export interface ReportState {
  readonly instance: string;
  readonly process: ProcessFigures;
  readonly traffic: TrafficState;
  readonly engine: EngineStats;
  readonly l2: SharedReport["l2"];
  readonly l2Durations: readonly (readonly [string, HistogramState])[];
  readonly coherence: Omit<SharedReport["coherence"], "lag"> & { readonly lag: HistogramState };
  readonly instances: number;
}

export function reportStateOf(sources: ReportSources): ReportState {
  const { l2, l2Durations, coherence, instances } = sources.shared();
  return {
    instance: sources.instance,
    process: sources.process(),
    traffic: sources.traffic.state,
    engine: sources.engineStats(),
    l2,
    l2Durations: [...l2Durations].map(([operation, histogram]) => [operation, histogram.state] as const),
    coherence: { ...coherence, lag: coherence.lag.state },
    instances,
  };
}

/** The sum of at least one report. */
export function sumOf(states: readonly ReportState[]): ReportSources {
  const traffic = new Traffic(systemClock);
  for (const state of states) traffic.add(state.traffic);
  const [first] = states;
  const sum = (figure: (state: ReportState) => number) =>
    states.reduce((total, state) => total + figure(state), 0);
  const figures: ProcessFigures = {
    uptimeSeconds: Math.max(...states.map((state) => state.process.uptimeSeconds)),
    rssBytes: sum((state) => state.process.rssBytes),
    cpuSeconds: sum((state) => state.process.cpuSeconds),
  };
  const engine: EngineStats = {
    entries: sum((state) => state.engine.entries),
    bytes: sum((state) => state.engine.bytes),
    bytesMax: sum((state) => state.engine.bytesMax),
    evictions: {
      capacity: sum((state) => state.engine.evictions.capacity),
      expired: sum((state) => state.engine.evictions.expired),
      invalidated: sum((state) => state.engine.evictions.invalidated),
    },
  };
  const shared = sharedOf(states, sum);
  return {
    instance: first!.instance,
    process: () => figures,
    traffic,
    engineStats: () => engine,
    shared: () => shared,
  };
}

function sharedOf(
  states: readonly ReportState[],
  sum: (figure: (state: ReportState) => number) => number,
): SharedReport {
  const lag = new Histogram();
  const l2Durations = new Map<string, Histogram>();
  for (const state of states) {
    lag.add(state.coherence.lag);
    for (const [operation, histogram] of state.l2Durations) {
      const total = l2Durations.get(operation) ?? new Histogram();
      total.add(histogram);
      l2Durations.set(operation, total);
    }
  }
  const worst = <T>(values: readonly T[], bad: T): T => (values.includes(bad) ? bad : values[0]!);
  return {
    l2: {
      state: worst(
        states.map(({ l2 }) => l2.state),
        "down",
      ),
      hits: sum(({ l2 }) => l2.hits),
      misses: sum(({ l2 }) => l2.misses),
      errors: sum(({ l2 }) => l2.errors),
    },
    l2Durations,
    coherence: {
      state: worst(
        states.map(({ coherence }) => coherence.state),
        "unproven",
      ),
      sent: sum(({ coherence }) => coherence.sent),
      received: sum(({ coherence }) => coherence.received),
      malformed: sum(({ coherence }) => coherence.malformed),
      selfSkipped: sum(({ coherence }) => coherence.selfSkipped),
      gaps: sum(({ coherence }) => coherence.gaps),
      lag,
    },
    instances: Math.max(...states.map(({ instances }) => instances)),
  };
}
