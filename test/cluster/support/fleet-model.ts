// A fleet under simulated load: instances start late and with cold caches, saturate, and lose samples.

import {
  ScalingPolicy,
  type Decision,
  type FleetSample,
  type InstanceLoad,
  type ScalingTargets,
} from "../../../src/cluster/scaling/policy.ts";

export interface FleetModelOptions {
  readonly targets: ScalingTargets;
  /** Requests a second offered to the whole fleet at a time. */
  readonly offered: (atMs: number) => number;
  readonly count: number;
  /** Requests a second that use one instance up. */
  readonly capacityRps?: number;
  /** From asking for an instance to its first heartbeat. */
  readonly startMs?: number;
  readonly sampleMs?: number;
  /** Whether an instance's load is missing from a sample. */
  readonly isMissing?: (atMs: number, instance: number) => boolean;
}

export interface Step extends Decision {
  readonly atMs: number;
}

export interface Run {
  readonly steps: readonly Step[];
  /** Count asked for, after each sample. */
  readonly counts: readonly number[];
  /** ms during which the offered load was above what the running instances can carry. */
  readonly overloadMs: number;
}

const WARM_MS = 60_000;

export function runFleet(options: FleetModelOptions, durationMs: number): Run {
  const { targets, offered, capacityRps = 40_000, startMs = 60_000, sampleMs = 5_000 } = options;
  const policy = new ScalingPolicy(targets);
  const steps: Step[] = [];
  const counts: number[] = [];
  let desired = options.count;
  /** When each instance came or will come to life. */
  let births = Array.from({ length: desired }, () => Number.NEGATIVE_INFINITY);
  let overloadMs = 0;
  for (let atMs = 0; atMs <= durationMs; atMs += sampleMs) {
    const alive = births.filter((bornMs) => bornMs <= atMs);
    const share = offered(atMs) / Math.max(1, alive.length);
    if (share > capacityRps) overloadMs += sampleMs;
    const loads = alive.flatMap((bornMs, i): readonly InstanceLoad[] => {
      if (options.isMissing?.(atMs, i) === true) return [];
      const isCold = atMs - bornMs < WARM_MS;
      const cpu = Math.min(1, (share / capacityRps) * (isCold ? 1.15 : 1));
      const p99Us = cpu < 0.9 ? 200 : 20_000;
      return [{ cpu, rps: Math.min(share, capacityRps), hitRate: isCold ? 0.6 : 0.95, p99Us }];
    });
    const sample: FleetSample = { atMs, desired, running: alive.length, loads, mayShrink: true };
    const decision = policy.decide(sample);
    if (decision !== undefined) {
      steps.push({ ...decision, atMs });
      desired = decision.to;
      while (births.length < desired) births.push(atMs + startMs);
      births = births.slice(0, desired);
    }
    counts.push(desired);
  }
  return { steps, counts, overloadMs };
}

/** How often growing and shrinking took turns. */
export function reversals(steps: readonly Step[]): number {
  let turns = 0;
  for (let i = 1; i < steps.length; i++) {
    const before = Math.sign(steps[i - 1]!.to - steps[i - 1]!.from);
    if (Math.sign(steps[i]!.to - steps[i]!.from) !== before) turns++;
  }
  return turns;
}
