// INFO's sections on commands: how often each was run, how long it took, which errors were answered. Cold.

import type { CommandCounts } from "../command-shape.ts";
import type { CommandFigures } from "./figures.ts";
import type { InfoFields, InfoSource } from "./info-source.ts";

const QUANTILES: readonly (readonly [name: string, share: number])[] = [
  ["p50", 0.5],
  ["p99", 0.99],
  ["p99.9", 0.999],
];

/**
 * Of calls that were not measured one by one, which memory answers at once, the microseconds: what the event loop spent
 * beside the measured ones, shared among them.
 */
function unmeasuredUs({ figures: { totals, commands } }: InfoSource): number {
  let unmeasured = 0;
  for (const [{ times }, { calls }] of commands) unmeasured += Math.max(0, calls - (times?.count ?? 0));
  const ns = Math.max(0, totals.laneNs - totals.measuredNs);
  return unmeasured === 0 ? 0 : ns / unmeasured / 1_000;
}

export function commandStats(source: InfoSource): InfoFields {
  const { commands } = source.figures;
  const eachUs = unmeasuredUs(source);
  return [...commands]
    .filter(([, { calls, failed, rejected }]) => calls + failed + rejected > 0)
    .map(([{ command, times }, figures]) => [`cmdstat_${command.name}`, statsLine(figures, times, eachUs)]);
}

function statsLine(
  { calls, failed, rejected }: CommandFigures,
  times: CommandCounts["times"],
  eachUs: number,
): string {
  const us = (times?.sumNs ?? 0) / 1_000 + Math.max(0, calls - (times?.count ?? 0)) * eachUs;
  const perCall = calls === 0 ? 0 : us / calls;
  return `calls=${calls},usec=${Math.round(us)},usec_per_call=${perCall.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`;
}

export function latencyStats({ figures: { commands } }: InfoSource): InfoFields {
  const fields: [string, string][] = [];
  for (const [{ command, times }] of commands) {
    if (times === undefined) continue;
    const parts = QUANTILES.map(([name, share]) => `${name}=${times.quantileUs(share).toFixed(3)}`);
    fields.push([`latency_percentiles_usec_${command.name}`, parts.join(",")]);
  }
  return fields;
}

export function errorStats({ services }: InfoSource): InfoFields {
  return [...services.monitoring.errors].map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}
