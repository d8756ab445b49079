// How the instance is doing, from what its clients were answered and what it stands on: one word, and the reasons.

import { latency, percent, rate } from "./format.ts";
import type { Change, Level, Sample } from "./sample.ts";

export type HealthState = "healthy" | "degraded" | "starting" | "draining";

export interface Health {
  readonly state: HealthState;
  /** Sentences, the weightiest first; none while it is healthy. */
  readonly reasons: readonly string[];
}

/** Error codes that are the server's fault, or its L2's: the client asked for nothing wrong. */
const FAILURES: ReadonlySet<string> = new Set([
  "internal",
  "l2_unavailable",
  "overloaded",
  "starting",
  "draining",
]);
/** Below this share of answers failures are told of, but do not make the instance degraded. */
const FAILED_SHARE_MAX = 0.001;
/** An event loop that comes later than this holds up every answer, in µs. */
const LOOP_DELAY_US_MAX = 50_000;

/** Requests a second that failed, by no fault of the client's. */
export function failuresOf(change: Change): number {
  return sumOf(change.refusals, (code) => FAILURES.has(code));
}

/** Requests a second that were refused: the client asked for what it may not have, or in a wrong way. */
export function refusedOf(change: Change): number {
  return sumOf(change.refusals, (code) => !FAILURES.has(code));
}

function sumOf(rates: Readonly<Record<string, number>>, isWanted: (name: string) => boolean): number {
  return Object.entries(rates).reduce((sum, [name, value]) => (isWanted(name) ? sum + value : sum), 0);
}

/** `null` of a gap: nothing is known of that time. */
function healthOf({ change, level }: Sample): Health | null {
  if (level === null) return null;
  const { processes } = level;
  if ((processes["draining"] ?? 0) > 0) {
    return {
      state: "draining",
      reasons: ["It was told to stop: it finishes what runs, and takes no new connections."],
    };
  }
  if ((processes["ready"] ?? 0) === 0 && (processes["starting"] ?? 0) > 0) {
    return { state: "starting", reasons: ["It has not reached Redis yet, or is filling its L1."] };
  }
  const reasons = [...failureReasons(change), ...tierReasons(level), ...loopReasons(change)];
  return { state: reasons.length === 0 ? "healthy" : "degraded", reasons };
}

function failureReasons(change: Change | null): string[] {
  if (change === null || change.requests <= 0) return [];
  const failed = failuresOf(change);
  const share = failed / change.requests;
  if (share < FAILED_SHARE_MAX) return [];
  const [worst] = Object.entries(change.refusals)
    .filter(([code]) => FAILURES.has(code))
    .sort(([, a], [, b]) => b - a);
  return [
    `${percent(Math.min(1, share))} of requests fail, ${rate(failed)} a second: ${worst?.[0] ?? "internal"}.`,
  ];
}

function tierReasons(level: Level): string[] {
  const reasons: string[] = [];
  if (level.l2 === "down") reasons.push("Redis does not answer: misses and writes get 503.");
  if (level.coherence === "unproven")
    reasons.push("L1 is not proven current: it serves hits for the allowed staleness only.");
  return reasons;
}

function loopReasons(change: Change | null): string[] {
  const delay = change?.loopDelay ?? 0;
  return delay <= LOOP_DELAY_US_MAX
    ? []
    : [`The event loop is ${latency(delay)} late: every answer waits for it.`];
}

/** The health of the last sample, and since when (seconds since 1970) it has been in that state as far as is known. */
export function healthSince(
  samples: readonly Sample[],
): (Health & { since: number; isOlder: boolean }) | null {
  const last = samples.findLast(({ level }) => level !== null);
  const now = last === undefined ? null : healthOf(last);
  if (last === undefined || now === null) return null;
  let since = last.at;
  let isOlder = true;
  for (let i = samples.length - 1; i >= 0; i--) {
    const health = healthOf(samples[i]!);
    if (health === null) continue;
    if (health.state !== now.state) {
      isOlder = false;
      break;
    }
    since = samples[i]!.at;
  }
  return { ...now, since, isOlder };
}
