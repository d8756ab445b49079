// What the steps of the hot-path bench answer: a bench of wrong answers measures nothing.

import { expect, test } from "bun:test";
import { createSteps } from "../../bench/fixtures.ts";
import { between } from "../../bench/load/own-latency.ts";
import { API_KEY } from "../../bench/load/cachee.ts";
import { median } from "../../bench/load/median.ts";
import { noise, VALUE_BYTES } from "../../bench/load/value.ts";

const steps = new Map((await createSteps()).map((step) => [step.name, step.run]));

test.each([
  ["clock", true],
  ["fields, API client", API_KEY],
  ["fields, browser", API_KEY],
  ["host check", true],
  ["key by bearer token", "bench"],
  ["key check", "bench"],
  ["key check, wrong key", undefined],
  ["key check among 16", "bench"],
  ["look-up and expiry, one key", 1],
  ["look-up and expiry, 10,000 keys", true],
  ["preference", 2],
  ["choose coding", 0],
  ["conditional check", true],
  ["record read", "application/octet-stream"],
] as const)("%s", (name, answer) => {
  const run = steps.get(name)!;
  expect(run()).toBe(answer);
  expect(run()).toBe(answer);
});

test.each([
  "reply made anew",
  "reply cloned",
  "whole hit, one key",
  "whole hit, browser, one key",
  "whole hit by fetch, one key",
  "cold lane, one key",
])("%s gives the value", async (name) => {
  for (let i = 0; i < 2; i++) {
    const response = (await steps.get(name)!()) as Response;
    expect(response.status).toBe(200);
    expect(await response.bytes()).toEqual(noise(VALUE_BYTES, 1));
  }
});

test("the whole hit is answered by the fast lane, and over all keys by a value each", async () => {
  const bodies = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const response = steps.get("whole hit, 10,000 keys")!();
    if (!(response instanceof Response)) throw new Error("the cold lane answered");
    expect(response.status).toBe(200);
    bodies.add(Buffer.from(await response.bytes()).toString("hex"));
  }
  expect(bodies.size).toBe(50);
});

test("quantiles between two looks at a histogram are those of what came between", () => {
  const before = { sumNs: 5_000, buckets: [[1_000, 5]] as const };
  const after = {
    sumNs: 5_000 + 98 * 2_000 + 2 * 9_000,
    buckets: [
      [1_000, 5],
      [2_000, 98],
      [9_000, 2],
    ] as const,
  };
  const gained = between(before, after);
  expect(gained).toEqual({ count: 100, meanUs: 2.14, p50Us: 2, p90Us: 2, p99Us: 9, p999Us: 9 });
});

test("the median of an even number of figures lies between the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});
