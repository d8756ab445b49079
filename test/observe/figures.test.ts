// The table of figures: its rows are whole, a row is all that a new figure takes, and snapshots merge as their rows say.

import { expect, test } from "bun:test";
import { REFUSAL_CODES_MAX, REFUSAL_KEYS_MAX, SERIES_MAX } from "../../src/base/limits.ts";
import type { Sample } from "../../src/observe/figure.ts";
import { expositionOf } from "../../src/observe/exposition.ts";
import { Histogram } from "../../src/observe/histogram.ts";
import { LaneTraffic } from "../../src/observe/lane-traffic.ts";
import {
  histogramOf,
  mergeSnapshots,
  ROWS,
  snapshotOf,
  valueOf,
  type Snapshot,
} from "../../src/observe/snapshot.ts";
import { statsOf } from "../../src/observe/stats.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { WorkerSnapshots } from "../../src/observe/worker-snapshots.ts";
import { checkExposition } from "../support/exposition.ts";
import { sourcesOf } from "../support/sources.ts";

/** A worker's traffic and a way to read its figures, with an L2 that is up unless `isOpen`. */
function worker(isOpen = false) {
  const traffic = new Traffic({ nowNs: () => 0 });
  traffic.lanes.push(new LaneTraffic("resp"), new LaneTraffic("websocket"));
  const lag = new Histogram();
  const evictions = { capacity: 1, expired: 2, invalidated: 3 };
  const take = () =>
    snapshotOf(
      sourcesOf({
        instance: "i",
        traffic,
        engineStats: () => ({ entries: 4, bytes: 5, bytesMax: 6, evictions }),
        tier: {
          shards: [{ partition: { lag, flushes: 0 }, l2: { durations: new Map(), isOpen }, lateAcks: 0 }],
          freshUntilMs: 10,
        },
        instances: () => 7,
        nowMs: () => (isOpen ? 11 : 9),
      }),
    );
  return { traffic, lag, take };
}

test("every row has a name of its own, a way to be read, and merges as its type can", () => {
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  const counters = ROWS.flatMap((row) => Object.keys(row.counters ?? {}));
  expect(new Set(counters).size).toBe(counters.length);
  for (const row of ROWS) {
    expect(row.help).toMatch(/^[A-Z0-9].*\.$/);
    expect(row.name.endsWith("_total")).toBe(row.type === "counter");
    expect(row.counters === undefined).toBe(row.read !== undefined);
    if (row.type === "counter") expect(row.merge).toBe("sum");
    if (row.type === "histogram") expect(row.merge).toBe("histogram");
    for (const labels of Object.values(row.counters ?? {})) expect(labels.length).toBe(row.labels.length);
    for (const path of row.stats)
      for (const [, label] of path.matchAll(/\{(\w+)\}/g)) expect(row.labels).toContain(label!);
  }
});

test("what a row's counter counts is on /metrics, and in /stats where the row says so", () => {
  for (const row of ROWS) {
    for (const [name, labels] of Object.entries(row.counters ?? {})) {
      const { traffic, take } = worker();
      (traffic.counts as Record<string, number>)[name]! += 41;
      const snapshot = take();
      const wanted = Object.fromEntries(row.labels.map((label, i) => [label, labels[i]!]));
      const text = row.labels.map((label, i) => `${label}="${labels[i]}"`).join(",");
      const families = checkExposition(expositionOf(snapshot));
      expect(families.get(row.name)!.samples.get(text === "" ? "" : `{${text}}`)).toBe(41);
      expect(valueOf(snapshot, row.name as Parameters<typeof valueOf>[1], wanted)).toBe(41);
      for (const path of row.stats) {
        const parts = path.replace(/\{(\w+)\}/g, (_, label: string) => wanted[label]!).split(".");
        const at = parts.reduce<unknown>(
          (tree, part) => (tree as Record<string, unknown>)[part],
          statsOf(snapshot, false),
        );
        expect(at).toBe(41);
      }
    }
  }
});

test("snapshots go through a structured clone, and merge: sums, the largest, the worst, histograms", () => {
  const [good, bad] = [worker(), worker(true)];
  for (const { traffic, lag } of [good, bad]) {
    traffic.counts.gaps += 2;
    traffic.coldDone("GET", 404, -1_000);
    traffic.lanes[0]!.l1Hits += 3;
    lag.record(1e6);
  }
  const sum = mergeSnapshots([structuredClone(good.take()), structuredClone(bad.take())]);
  expect(valueOf(sum, "cachee_coherence_gaps_total")).toBe(4);
  expect(valueOf(sum, "cachee_hits_total", { tier: "l1" })).toBe(6);
  expect(valueOf(sum, "cachee_instances")).toBe(7);
  expect(valueOf(sum, "cachee_l2_state")).toBe(0);
  expect(histogramOf(sum, "cachee_request_duration_seconds").count).toBe(2);
  expect(statsOf(sum, false)).toMatchObject({
    l1: { entries: 8, bytesMax: 12, evictions: 12, evictionsByReason: { expired: 4 }, hits: 6, hitRate: 1 },
    l2: { state: "down", hits: 0, latency: {} },
    coherence: { state: "unproven", gaps: 4, lag: { count: 2 } },
    latency: { cold: { count: 2 }, resp: { count: 0 } },
    lanes: { resp: { reads: { l1: 6, miss: 0 } } },
    requests: { "404": 2 },
  });
});

test("what a worker that ended had counted stays in the sum, what it held does not", () => {
  const all = new WorkerSnapshots<object>();
  expect(all.sum()).toBeUndefined();
  const [one, two] = [worker(), worker(true)];
  one.traffic.counts.rateLimited += 5;
  two.traffic.counts.rateLimited += 7;
  two.traffic.fast.record(1_000);
  all.took(one, one.take());
  let process: object = {};
  all.took(process, two.take());
  for (const round of [0, 1, 2]) {
    all.ended(process);
    all.took(process, two.take());
    const sum = all.sum()!;
    expect(valueOf(sum, "cachee_rate_limited_total")).toBe(12 + 7 * round);
    expect(histogramOf(sum, "cachee_request_duration_seconds").count).toBe(1 + round);
    expect(valueOf(sum, "cachee_l1_entries")).toBe(4);
    expect(valueOf(sum, "cachee_l2_state")).toBe(1);
    expect(valueOf(sum, "cachee_evictions_total")).toBe(12 + 6 * round);
    all.took((process = {}), two.take());
  }
});

test("a figure's series are bounded, and the first ones stay", () => {
  const samples = (from: number): Sample[] =>
    Array.from({ length: SERIES_MAX }, (_, i) => [["", "GET", String(from + i)], 1]);
  const snapshot = (from: number): Snapshot => ({
    instance: "i",
    wallMs: 0,
    samples: { cachee_requests_total: samples(from) },
  });
  const merged = mergeSnapshots([snapshot(0), snapshot(SERIES_MAX / 2), snapshot(10 * SERIES_MAX)]);
  const kept = merged.samples["cachee_requests_total"]!;
  expect(kept.length).toBe(SERIES_MAX);
  expect(valueOf(merged, "cachee_requests_total")).toBe(1.5 * SERIES_MAX);
});

test("refusals are counted by code and key, in a bounded number of pairs", () => {
  const traffic = new Traffic({ nowNs: () => 0 });
  for (let i = 0; i < 3 * REFUSAL_KEYS_MAX; i++)
    for (let j = 0; j < 2 * REFUSAL_CODES_MAX; j++) traffic.refused(`code${j}`, `key${i}`);
  traffic.refused("code0", undefined);
  const counts = [...traffic.refusals.counts()];
  expect(counts.length).toBeLessThanOrEqual((REFUSAL_KEYS_MAX + 1) * (REFUSAL_CODES_MAX + 1));
  const total = counts.reduce((sum, [, , count]) => sum + count, 0);
  expect(total).toBe(6 * REFUSAL_KEYS_MAX * REFUSAL_CODES_MAX + 1);
  expect(counts.find(([code, key]) => code === "other" && key === "other")?.[2]).toBeGreaterThan(1);
});
