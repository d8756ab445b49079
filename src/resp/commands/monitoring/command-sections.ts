// INFO's sections on commands: how often each was run, how long it took, which errors were answered. Cold.

import { quantileUs, type TimesData } from "./command-times.ts";
import type { CommandFigures } from "./figures.ts";
import type { InfoFields, InfoSource } from "./info-source.ts";
import type { LaneFigures } from "../workers/lane-figures.ts";

const QUANTILES: readonly (readonly [name: string, share: number])[] = [
  ["p50", 0.5],
  ["p99", 0.99],
  ["p99.9", 0.999],
];

/**
 * Of calls that were not measured one by one, which memory answers at once, the microseconds: what the event loop spent
 * beside the measured ones, shared among them.
 */
function unmeasuredUs({ totals, commands, times }: LaneFigures): number {
  let unmeasured = 0;
  for (const [name, { calls }] of commands) unmeasured += Math.max(0, calls - (times.get(name)?.count ?? 0));
  const ns = Math.max(0, totals.laneNs - totals.measuredNs);
  return unmeasured === 0 ? 0 : ns / unmeasured / 1_000;
}

export function commandStats({ figures: { commands, times }, figures }: InfoSource): InfoFields {
  const eachUs = unmeasuredUs(figures);
  return [...commands].map(([name, counts]) => [
    `cmdstat_${name}`,
    statsLine(counts, times.get(name), eachUs),
  ]);
}

function statsLine(
  { calls, failed, rejected }: CommandFigures,
  times: TimesData | undefined,
  eachUs: number,
): string {
  const us = (times?.sumNs ?? 0) / 1_000 + Math.max(0, calls - (times?.count ?? 0)) * eachUs;
  const perCall = calls === 0 ? 0 : us / calls;
  return `calls=${calls},usec=${Math.round(us)},usec_per_call=${perCall.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`;
}

export function latencyStats({ figures: { times } }: InfoSource): InfoFields {
  return [...times].map(([name, measured]) => {
    const parts = QUANTILES.map(
      ([quantile, share]) => `${quantile}=${quantileUs(measured, share).toFixed(3)}`,
    );
    return [`latency_percentiles_usec_${name}`, parts.join(",")];
  });
}

export function errorStats({ figures: { errors } }: InfoSource): InfoFields {
  return [...errors].map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}
