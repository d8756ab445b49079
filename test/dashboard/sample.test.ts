// What the page makes of two answers of /stats: rates, quantiles of the time between, restarts; and how it writes figures.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytes, count, latency, percent, rate, span } from "../../src/dashboard/client/format.ts";
import { Sampler } from "../../src/dashboard/client/sample.ts";
import { Histogram } from "../../src/observe/histogram.ts";
import { snapshotOf } from "../../src/observe/snapshot.ts";
import { statsOf, type Stats } from "../../src/observe/stats.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { sourcesOf } from "../support/sources.ts";

/** An instance that counts, and what it answers to /stats?buckets at a time. */
function instanceOf(instance: string) {
  const traffic = new Traffic({ nowNs: () => 0 });
  const evictions = { capacity: 0, expired: 0, invalidated: 0 };
  const stats = (wallMs: number): Stats =>
    statsOf(
      snapshotOf(
        sourcesOf({
          instance,
          traffic,
          engineStats: () => ({ entries: 1, bytes: 1, bytesMax: 2, evictions }),
          wallMs: () => wallMs,
        }),
      ),
      true,
    );
  return { traffic, evictions, stats };
}

test("quantiles are those of what was recorded in between, where that is enough to tell", () => {
  const ns = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 3_000 });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e9 })), ns, (earlier, later) => {
      const { traffic, stats } = instanceOf("a");
      const sampler = new Sampler();
      for (const value of earlier) traffic.fast.record(value);
      sampler.sample(stats(1_000), 1);
      const alone = new Histogram();
      for (const value of later) {
        traffic.fast.record(value);
        alone.record(value);
      }
      const { quantiles } = sampler.sample(stats(2_000), 2).change!.lanes["fast"]!;
      const { p50Us, p99Us, p999Us } = alone.summary();
      // A histogram caps its quantiles at the largest value; buckets know their middle only.
      for (const [is, expected, samplesMin] of [
        [quantiles.p50, p50Us, 2],
        [quantiles.p99, p99Us, 100],
        [quantiles.p999, p999Us, 1_000],
      ] as const) {
        if (later.length < samplesMin) expect(is).toBeNull();
        else if (later.length > samplesMin)
          expect(Math.abs(is! - expected)).toBeLessThanOrEqual(expected / 32);
      }
    }),
  );
});

test("quantiles look back ten seconds, rates to the answer before", () => {
  const { traffic, stats } = instanceOf("a");
  const sampler = new Sampler();
  for (let second = 0; second < 30; second++) {
    traffic.fast.record(second < 15 ? 1_000_000 : 1_000, 20);
    const { change } = sampler.sample(stats(1_000 * second), second);
    if (second === 0) continue;
    const { rate: perSecond, quantiles } = change!.lanes["fast"]!;
    expect(perSecond).toBe(20);
    expect(quantiles.p99 === null).toBe(second < 5);
    if (second >= 5) expect(quantiles.p99! > 100).toBe(second < 24);
  }
});

test("rates are per second of the time between an instance's own answers", () => {
  const [a, b] = [instanceOf("a"), instanceOf("b")];
  const sampler = new Sampler();
  expect(sampler.sample(a.stats(1_000), 1).change).toBeNull();
  expect(sampler.sample(b.stats(2_000), 2).change).toBeNull();
  a.traffic.coldL1Hits += 30;
  a.traffic.coldMisses += 10;
  a.evictions.capacity += 10;
  a.evictions.expired += 4;
  for (let i = 0; i < 6; i++) a.traffic.coldDone("GET", 503, 0);
  expect(sampler.sample(a.stats(3_000), 3).change).toMatchObject({
    hits: 15,
    misses: 5,
    hitRate: 0.75,
    evictions: { capacity: 5, expired: 2 },
    statuses: { "503": 3 },
    requests: 3,
    lanes: { fast: { rate: 0 }, cold: { rate: 3 } },
    l2: { rate: 0, errors: 0 },
  });
  expect(sampler.sample(a.stats(4_000), 4).change?.hitRate).toBeNull();
  expect(sampler.sample(instanceOf("a").stats(5_000), 5).change).toBeNull();
});

test.each([
  [count(99_999), "99,999"],
  [count(1_234_567), "1.23M"],
  [count(undefined), "–"],
  [rate(0), "0"],
  [rate(2.04), "2.0"],
  [rate(9.97), "10"],
  [bytes(0), "0 B"],
  [bytes(1_023), "1.00 KiB"],
  [bytes(24 * 1024 * 1024), "24.0 MiB"],
  [latency(0.25), "250 ns"],
  [latency(9.34), "9.34 µs"],
  [latency(1_234), "1.23 ms"],
  [latency(2e6), "2.00 s"],
  [latency(Number.NaN), "–"],
  [percent(0.57), "57.0 %"],
  [percent(0.99999), "99.99 %"],
  [percent(1), "100 %"],
  [percent(null), "–"],
  [span(59), "59 s"],
  [span(3_600), "1 h 0 min"],
  [span(273_000), "3 d 3 h"],
])("%p is written as %p", (is, expected) => {
  expect(is).toBe(expected);
});
