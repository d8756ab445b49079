// What the page makes of two answers of /stats: rates, quantiles of the time between, restarts; and how it writes figures.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytes, count, latency, percent, rate, span } from "../../src/dashboard/client/format.ts";
import { quantilesBetween, Sampler, type Lane, type Stats } from "../../src/dashboard/client/sample.ts";
import { Histogram } from "../../src/observe/histogram.ts";

const EMPTY: Lane = { ...new Histogram().summary(), buckets: [] };

function statsOf(instance: string, wallMs: number, hits: number, misses: number): Stats {
  const figures = { entries: 1, bytes: 1, bytesMax: 2, hitRate: 0, evictions: misses };
  return {
    instance,
    wallMs,
    uptimeSeconds: 1,
    l1: { ...figures, hits, misses },
    l2: { state: "off", hits: 0, misses: 0, errors: 0 },
    latency: { fast: EMPTY, cold: EMPTY },
    coherence: { state: "embedded", sent: 0, received: 0, selfSkipped: 0, gaps: 0, lagMsP99: 0 },
    rssBytes: 1,
  };
}

test("quantiles between two readings are those of what was recorded in between", () => {
  const ns = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e9 })), ns, (earlier, later) => {
      const whole = new Histogram();
      for (const value of earlier) whole.record(value);
      const before = whole.buckets();
      const alone = new Histogram();
      for (const value of later) {
        whole.record(value);
        alone.record(value);
      }
      const between = quantilesBetween(before, whole.buckets());
      const { p50Us, p99Us, p999Us } = alone.summary();
      // A histogram caps its quantiles at the largest value; buckets know their middle only.
      for (const [is, expected] of [
        [between.p50, p50Us],
        [between.p99, p99Us],
        [between.p999, p999Us],
      ] as const) {
        expect(Math.abs(is! - expected)).toBeLessThanOrEqual(expected / 32);
      }
    }),
  );
  expect(quantilesBetween([[1, 5]], [[1, 5]])).toEqual({ p50: null, p99: null, p999: null });
});

test("rates are per second of the time between an instance's own answers", () => {
  const sampler = new Sampler();
  expect(sampler.sample(statsOf("a", 1_000, 10, 0), 1).change).toBeNull();
  expect(sampler.sample(statsOf("b", 2_000, 500, 0), 2).change).toBeNull();
  const { change } = sampler.sample(statsOf("a", 3_000, 40, 10), 3);
  expect(change).toMatchObject({ hitsRate: 15, missesRate: 5, hitRate: 0.75, evictionsRate: 5, fastRate: 0 });
  expect(sampler.sample(statsOf("a", 4_000, 40, 10), 4).change?.hitRate).toBeNull();
  expect(sampler.sample(statsOf("a", 5_000, 0, 0), 5).change).toBeNull();
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
