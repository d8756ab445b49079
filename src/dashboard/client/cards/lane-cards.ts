// The cards of the lanes: how many requests each answers, and how fast.

import type { CardRow, FigureRow } from "./card.ts";
import { count, latency, rate } from "../format.ts";
import type { Change, Sample } from "../sample.ts";

const laneRate = (lane: string) => (change: Change | null) => change?.lanes[lane]?.rate;

const LANES: readonly (readonly [lane: string, label: string, meaning: string, colour: string])[] = [
  ["fast", "Hits", "HTTP hits in L1: the fast lane, in which nothing is waited for.", "--fast"],
  ["cold", "Other HTTP", "HTTP's cold lane: misses, writes, and whatever else is not a plain hit.", "--cold"],
  ["resp", "Redis clients", "Commands over RESP, Redis's protocol.", "--resp"],
  ["websocket", "WebSocket", "Operations over the WebSocket lane.", "--websocket"],
];

export function latencyCard(lane: string, title: string, meaning: string): CardRow {
  const quantiles = (change: Change | null) => change?.lanes[lane]?.quantiles;
  const whole = ({ stats }: Sample) => {
    const latencies = stats?.latency[lane];
    return latencies === undefined || latencies.count === 0 ? undefined : latencies;
  };
  const quantile = (q: "p50" | "p99" | "p999", label: string): FigureRow => ({
    name: `${lane}${q.toUpperCase()}`,
    label,
    colour: `--${q}`,
    dashed: q === "p999",
    of: ({ change }) => latency(quantiles(change)?.[q]),
  });
  return {
    name: lane,
    title,
    meaning,
    isHalf: true,
    trio: [quantile("p50", "p50"), quantile("p99", "p99"), quantile("p999", "p99.9")],
    chart: {
      says: `${title} over time: p50, p99 and p99.9, each where there were requests enough.`,
      scale: "log",
      format: latency,
      lines: [
        { of: ({ change }) => quantiles(change)?.p50, colour: "--p50" },
        { of: ({ change }) => quantiles(change)?.p99, colour: "--p99" },
        { of: ({ change }) => quantiles(change)?.p999, colour: "--p999", dash: [5, 3] },
      ],
    },
    figures: [
      { name: `${lane}Count`, label: "Since start", of: ({ stats }) => count(stats?.latency[lane]?.count) },
      { name: `${lane}Mean`, label: "Mean", of: (sample) => latency(whole(sample)?.meanUs) },
      { name: `${lane}Max`, label: "Longest", of: (sample) => latency(whole(sample)?.maxUs) },
    ],
    isShown: ({ change, stats }) =>
      lane === "fast" ||
      lane === "cold" ||
      (stats === null ? change?.lanes[lane] !== undefined : (stats.latency[lane]?.count ?? 0) > 0),
  };
}

export const REQUESTS_CARD: CardRow = {
  name: "requests",
  title: "Requests",
  headline: { name: "requests", label: "a second", of: ({ change }) => rate(change?.requests) },
  chart: {
    says: "Requests a second over time, by lane.",
    scale: "linear",
    format: rate,
    lines: LANES.map(([lane, , , colour]) => ({ of: ({ change }) => laneRate(lane)(change), colour })),
  },
  figures: LANES.map(([lane, label, meaning, colour]) => ({
    name: `${lane}Rate`,
    label,
    meaning,
    colour,
    of: ({ change }) => rate(laneRate(lane)(change)),
  })),
};
