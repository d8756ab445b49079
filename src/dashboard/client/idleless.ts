// The load of an instance without figures that idleness makes up: no requests have no latency, and no reads no hit rate.

import type { FleetInstance } from "./fleet-answer.ts";

export function idleless({ hitRate, p99Us, rps }: FleetInstance["load"]): {
  readonly hitRate: number | null;
  readonly p99Us: number | null;
} {
  return { hitRate: rps === 0 ? null : (hitRate ?? null), p99Us: p99Us === 0 ? null : (p99Us ?? null) };
}
