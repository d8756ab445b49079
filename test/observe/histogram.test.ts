// The histogram's promise: counts and sums exact, quantiles within 5 % of the true ones.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram } from "../../src/observe/histogram.ts";

const latencies = fc.array(
  fc.oneof(fc.nat({ max: 100 }), fc.integer({ min: 100, max: 100_000 }), fc.integer({ min: 1e5, max: 6e10 })),
  { minLength: 1, maxLength: 400 },
);

test("quantiles err by at most 5 %", () => {
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1), (values, q) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(values.length * q) - 1]!;
      expect(Math.abs(histogram.quantileNs(q) - exact)).toBeLessThanOrEqual(Math.max(1, exact * 0.05));
      expect(histogram.count).toBe(values.length);
      expect(histogram.sumNs).toBe(values.reduce((sum, value) => sum + value, 0));
    }),
  );
});

test("counts below a power of two are exact", () => {
  fc.assert(
    fc.property(latencies, fc.integer({ min: 0, max: 35 }), (values, power) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      expect(histogram.countBelow(2 ** power)).toBe(values.filter((value) => value < 2 ** power).length);
    }),
  );
});

test("two add up to one that saw both", () => {
  fc.assert(
    fc.property(latencies, latencies, (some, others) => {
      const [a, b, all] = [new Histogram(), new Histogram(), new Histogram()];
      for (const value of some) a.record(value);
      for (const value of others) b.record(value);
      for (const value of [...some, ...others]) all.record(value);
      a.add(b.state);
      expect(a.summary()).toEqual(all.summary());
    }),
  );
});

test("an empty one reports zeros", () => {
  expect(new Histogram().summary()).toEqual({
    count: 0,
    meanUs: 0,
    p50Us: 0,
    p90Us: 0,
    p99Us: 0,
    p999Us: 0,
    maxUs: 0,
  });
});
