// The rate of an API key: its bucket, debt, what is given back, and one rate for several workers.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { RateLimit } from "../../src/gate/rate-limit.ts";
import { Traffic } from "../../src/observe/traffic.ts";

const KEY = { name: "app", read: true, write: true, admin: false, prefix: "" };
const limit = (perSecond: number | undefined, workers?: number) =>
  new RateLimit(perSecond, new Traffic({ nowNs: () => 0 }), workers);

test("a bucket holds a second's worth, goes into debt once, and fills again", () => {
  const rate = limit(10);
  expect(rate.take(KEY, 9, 0)).toBe(0);
  expect(rate.take(KEY, 21, 0)).toBe(0);
  expect(rate.take(KEY, 1, 0)).toBe(3);
  expect(rate.take(KEY, 1, 2_000)).toBe(1);
  expect(rate.take(KEY, 1, 2_100)).toBe(0);
  rate.giveBack(KEY, 5);
  for (let i = 0; i < 5; i++) expect(rate.take(KEY, 1, 2_100)).toBe(0);
  expect(rate.take(KEY, 1, 2_100)).toBeGreaterThan(0);
});

test("without a limit nothing is taken or told", () => {
  const rate = limit(undefined);
  for (let i = 0; i < 100; i++) expect(rate.take(KEY, 1_000, 0)).toBe(0);
  expect([rate.isOff, rate.spent()]).toEqual([true, undefined]);
});

test("a client on one of several workers has the whole rate, but for the first moment", () => {
  const rate = limit(100, 4);
  let taken = 0;
  for (let ms = 0; ms <= 10_000; ms += 5) if (rate.take(KEY, 1, ms) === 0) taken += 1;
  expect(taken).toBeGreaterThanOrEqual(1_000);
});

test("clients on all workers together have no more than the rate and a second's worth, however they spread", () => {
  const worker = fc.integer({ min: 0, max: 3 });
  const request = fc.record({ worker, afterMs: fc.integer({ min: 0, max: 20 }), isHit: fc.boolean() });
  fc.assert(
    fc.property(fc.array(request, { minLength: 200, maxLength: 1_500 }), (requests) => {
      const rates = Array.from({ length: 4 }, () => limit(50, 4));
      let [nowMs, toldMs, taken] = [0, 0, 0];
      for (const { worker: index, afterMs, isHit } of requests) {
        nowMs += afterMs;
        if (nowMs - toldMs >= 50) {
          toldMs = nowMs;
          const told = rates.map((rate) => rate.spent());
          for (const [from, spent] of told.entries()) {
            if (spent === undefined) continue;
            for (const [to, rate] of rates.entries()) if (to !== from) rate.spendElsewhere(spent, nowMs);
          }
        }
        if (rates[index]!.take(KEY, 1, nowMs) !== 0) continue;
        if (isHit) rates[index]!.giveBack(KEY, 1);
        else taken += 1;
      }
      // Until they are told each worker may give what it holds once more.
      expect(taken).toBeLessThanOrEqual(50 * (1 + nowMs / 1_000) + 50);
    }),
  );
});
