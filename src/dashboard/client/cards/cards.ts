// The cards of the page: each is a row here, with its figures and its chart; panels.ts makes and fills them.

import type { CardRow } from "./card.ts";
import { failuresOf, refusedOf } from "../health.ts";
import { bytes, count, latency, percent, rate, UNKNOWN } from "../format.ts";
import { latencyCard, REQUESTS_CARD } from "./lane-cards.ts";
import type { Change, Sample } from "../sample.ts";

export const CARDS: readonly CardRow[] = [
  REQUESTS_CARD,
  {
    name: "errors",
    title: "Errors",
    headline: {
      name: "failures",
      label: "failures a second",
      of: ({ change }) => rate(change === null ? null : failuresOf(change)),
    },
    chart: {
      says: "Failures and refusals a second over time.",
      scale: "linear",
      format: rate,
      lines: [
        { of: ({ change }) => change && failuresOf(change), colour: "--bad", filled: true },
        { of: ({ change }) => change && refusedOf(change), colour: "--cold" },
      ],
    },
    figures: [
      {
        name: "failed",
        label: "Failed",
        meaning: "Answered with 5xx, or an error of the other lanes, by no fault of the client's.",
        colour: "--bad",
        of: ({ change }) => rate(change === null ? null : failuresOf(change)),
      },
      {
        name: "refused",
        label: "Refused",
        meaning: "Answered with 4xx: no right, over the rate, malformed, a condition that did not hold.",
        colour: "--cold",
        of: ({ change }) => rate(change === null ? null : refusedOf(change)),
      },
      { name: "byCode", label: "Most by code", of: ({ change }) => mostOf(change?.refusals) },
      { name: "byStatus", label: "Most by status", of: ({ change }) => mostOf(errorStatuses(change)) },
    ],
  },
  {
    name: "hits",
    title: "Hit rate",
    headline: { name: "hitRate", label: "of reads from L1", of: ({ change }) => percent(change?.hitRate) },
    chart: {
      says: "Hit rate over time.",
      scale: "share",
      format: percent,
      lines: [{ of: ({ change }) => change?.hitRate, colour: "--good", filled: true }],
    },
    figures: [
      { name: "hitsRate", label: "Hits/s", of: ({ change }) => rate(change?.hits) },
      {
        name: "missesRate",
        label: "Misses/s",
        meaning: "Reads that L1 could not answer, whether L2 could or not.",
        of: ({ change }) => rate(change?.misses),
      },
      {
        name: "hitRateSinceStart",
        label: "Since start",
        of: ({ stats }) =>
          stats === null || stats.l1.hits + stats.l1.misses === 0 ? UNKNOWN : percent(stats.l1.hitRate),
      },
    ],
  },
  latencyCard("fast", "Latency of hits", "HTTP hits in L1, from the handler's entry to the finished answer."),
  latencyCard("cold", "Latency of other HTTP", "Misses, writes and all else over HTTP."),
  latencyCard("resp", "Latency of Redis clients", "Commands over RESP; those of a pipeline count alike."),
  latencyCard("websocket", "Latency of WebSocket", "Operations over the WebSocket lane."),
  {
    name: "l2",
    title: "L2, Redis",
    meaning: "The shared tier behind L1: the truth of the whole fleet.",
    isHalf: true,
    trio: [
      { name: "l2P50", label: "p50", colour: "--p50", of: ({ change }) => latency(change?.l2.quantiles.p50) },
      { name: "l2P99", label: "p99", colour: "--p99", of: ({ change }) => latency(change?.l2.quantiles.p99) },
      {
        name: "l2ErrorsRate",
        label: "Errors/s",
        of: ({ change, level }) => (level?.l2 === "off" ? UNKNOWN : rate(change?.l2.errors)),
      },
    ],
    chart: {
      says: "Latency of L2 over time: p50 and p99.",
      scale: "log",
      format: latency,
      lines: [
        { of: ({ change }) => change?.l2.quantiles.p50, colour: "--p50" },
        { of: ({ change }) => change?.l2.quantiles.p99, colour: "--p99" },
      ],
    },
    figures: [
      { name: "l2State", label: "State", of: ({ level }) => wordOf(L2_STATES, level?.l2) },
      { name: "l2Rate", label: "Operations/s", of: ({ change }) => rate(change?.l2.rate) },
      { name: "l2Hits", label: "Hits", of: ({ stats }) => count(stats?.l2.hits) },
      { name: "l2Misses", label: "Misses", of: ({ stats }) => count(stats?.l2.misses) },
      { name: "l2Errors", label: "Errors", of: ({ stats }) => count(stats?.l2.errors) },
    ],
    isShown: hasL2,
  },
  {
    name: "l2errors",
    title: "L2 errors",
    isHalf: true,
    headline: { name: "l2ErrorsNow", label: "a second", of: ({ change }) => rate(change?.l2.errors) },
    chart: {
      says: "L2 operations that failed or timed out, a second, over time.",
      scale: "linear",
      format: rate,
      lines: [{ of: ({ change }) => change?.l2.errors, colour: "--bad", filled: true }],
    },
    figures: [
      {
        name: "coherenceState",
        label: "Coherence",
        meaning:
          "Proven: this instance has seen every invalidation, so that L1 serves nothing that is out of date.",
        of: ({ level }) => wordOf(COHERENCE_STATES, level?.coherence),
      },
      { name: "sent", label: "Invalidations sent", of: ({ stats }) => count(stats?.coherence.sent) },
      { name: "received", label: "Received", of: ({ stats }) => count(stats?.coherence.received) },
      {
        name: "gaps",
        label: "Gaps",
        meaning: "Invalidations that were missed. Each empties L1.",
        of: ({ stats }) => count(stats?.coherence.gaps),
      },
      {
        name: "lag",
        label: "Delay, p99",
        meaning: "From a write elsewhere to its invalidation here.",
        of: ({ stats }) => latency((stats?.coherence.lagMsP99 ?? 0) * 1_000 || null),
      },
    ],
    isShown: hasL2,
  },
  {
    name: "memory",
    title: "L1 memory",
    headline: { name: "l1Bytes", label: "", of: ({ level }) => bytes(level?.l1Bytes) },
    chart: {
      says: "L1 bytes over time.",
      scale: "bytes",
      format: bytes,
      lines: [{ of: ({ level }) => level?.l1Bytes, colour: "--accent", filled: true }],
    },
    figures: [
      { name: "l1BytesMax", label: "Budget", of: ({ level }) => bytes(level?.l1BytesMax) },
      {
        name: "l1Share",
        label: "Of budget",
        of: ({ level }) => percent(level === null ? null : level.l1Bytes / level.l1BytesMax),
      },
      { name: "entries", label: "Entries", of: ({ level }) => count(level?.entries) },
    ],
  },
  {
    name: "evictions",
    title: "Evictions",
    meaning: "Entries that left L1 to make room, before they expired.",
    headline: {
      name: "evictionsRate",
      label: "a second",
      of: ({ change }) => rate(change?.evictions["capacity"]),
    },
    chart: {
      says: "Evictions a second over time.",
      scale: "linear",
      format: rate,
      lines: [{ of: ({ change }) => change?.evictions["capacity"], colour: "--cold", filled: true }],
    },
    figures: [
      {
        name: "evictions",
        label: "Since start",
        of: ({ stats }) => count(stats?.l1.evictionsByReason["capacity"]),
      },
      { name: "expiredRate", label: "Expired/s", of: ({ change }) => rate(change?.evictions["expired"]) },
      {
        name: "invalidatedRate",
        label: "Invalidated/s",
        of: ({ change }) => rate(change?.evictions["invalidated"]),
      },
    ],
  },
  {
    name: "process",
    title: "Process",
    headline: {
      name: "loopDelay",
      label: "event loop delay, p99",
      of: ({ change }) => latency(change?.loopDelay),
    },
    chart: {
      says: "Delay of the event loop over time, 99th percentile.",
      scale: "log",
      format: latency,
      lines: [{ of: ({ change }) => change?.loopDelay, colour: "--p99" }],
    },
    figures: [
      { name: "cpu", label: "CPU", meaning: "100 % is one core.", of: ({ change }) => percent(change?.cpu) },
      { name: "rss", label: "Memory", of: ({ level }) => bytes(level?.rssBytes) },
      {
        name: "inFlight",
        label: "In flight",
        meaning: "Bytes held for clients beside L1: bodies on their way in, answers not yet taken.",
        of: ({ level }) => bytes(level?.inFlightBytes),
      },
    ],
  },
];

const L2_STATES: Readonly<Record<string, string>> = {
  off: "Not configured",
  up: "Connected",
  down: "Does not answer",
};
const COHERENCE_STATES: Readonly<Record<string, string>> = {
  embedded: "Alone",
  proven: "Proven",
  unproven: "Not proven",
};

const wordOf = (words: Readonly<Record<string, string>>, state: string | undefined) =>
  state === undefined ? UNKNOWN : (words[state] ?? state);

function hasL2({ level }: Sample): boolean {
  return level !== null && level.l2 !== "off";
}

/** The name with the highest rate, and that rate. */
function mostOf(rates: Readonly<Record<string, number>> | undefined): string {
  if (rates === undefined) return UNKNOWN;
  const [most] = Object.entries(rates)
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a);
  return most === undefined ? "none" : `${most[0]} ${rate(most[1])}/s`;
}

/** Statuses of failures and refusals; a 404 is an answer. */
function errorStatuses(change: Change | null): Record<string, number> | undefined {
  if (change === null) return undefined;
  return Object.fromEntries(
    Object.entries(change.statuses).filter(
      ([status]) => status === "error" || (status >= "400" && status !== "404" && status < "600"),
    ),
  );
}
