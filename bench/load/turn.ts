// One turn of load on one target, and everything measured over it.

import { between, type OwnLatency } from "./own-latency.ts";
import { cpuSeconds } from "./process-figures.ts";
import type { Target } from "./target.ts";

export interface Turn {
  readonly round: number;
  readonly target: string;
  readonly requestsASecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly failures: number;
  readonly cpuUs: number;
  readonly serverShare: number;
  readonly generatorShare: number;
  readonly own: OwnLatency | undefined;
}

export async function takeTurn(target: Target, round: number, seconds: number): Promise<Turn> {
  const before = await target.buckets?.();
  const cpuBefore = cpuSeconds(target.pid);
  const startNs = Bun.nanoseconds();
  const load = await target.drive(seconds, round + 1);
  const cpu = cpuSeconds(target.pid) - cpuBefore;
  const wallSeconds = (Bun.nanoseconds() - startNs) / 1e9;
  const after = await target.buckets?.();
  return {
    round,
    target: target.name,
    requestsASecond: load.requests / load.seconds,
    p50Us: load.p50Us,
    p99Us: load.p99Us,
    failures: load.failures,
    cpuUs: (cpu / load.requests) * 1e6,
    serverShare: cpu / wallSeconds,
    generatorShare: load.generatorShare,
    own: before && after && between(before, after),
  };
}
