// The scaling policy over simulated days: it follows the load, in bounded time, without swinging, and gives reasons.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SCALING } from "../../src/cluster/scaling/parameters.ts";
import { ScalingPolicy, type ScalingTargets } from "../../src/cluster/scaling/policy.ts";
import { reversals, runFleet, type Step } from "./support/fleet-model.ts";

const TARGETS: ScalingTargets = { cpu: 0.6, rps: 1e9, min: 2, max: 40 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Requests a second that one instance carries at its target. */
const ONE = 24_000;
const START_MS = 60_000;
/** From a need to the decision: it has to last, a sample has to come, and a cool-down may be running. */
const LAG_MS_MAX = SCALING.outWindowMs + SCALING.outCooldownMs + 10_000;

const grows = (steps: readonly Step[]) => steps.filter(({ from, to }) => to > from);
const shrinks = (steps: readonly Step[]) => steps.filter(({ from, to }) => to < from);
const day = (atMs: number) => 1 + Math.cos((2 * Math.PI * (atMs - 14 * HOUR)) / DAY);

/** Faults in how decisions keep their distance and their bounds. */
function faultsOf(steps: readonly Step[], targets: ScalingTargets): string[] {
  const faults: string[] = [];
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    const before = steps[i - 1];
    if (step.to < targets.min || step.to > targets.max) faults.push(`${step.to} is out of bounds`);
    if (step.reason === "") faults.push("no reason");
    if (before === undefined) continue;
    const passedMs = step.atMs - before.atMs;
    const isOut = step.to > step.from;
    if (!isOut && passedMs < SCALING.inCooldownMs) faults.push(`shrinks after ${passedMs} ms`);
    if (isOut && before.to > before.from && passedMs < SCALING.outCooldownMs)
      faults.push(`grows after ${passedMs} ms`);
    if (isOut && before.to < before.from && passedMs < SCALING.outWindowMs)
      faults.push(`turns after ${passedMs} ms`);
  }
  return faults;
}

describe("days of load", () => {
  test("day and night: one turn up, one down, a day, and never overloaded", () => {
    const offered = (atMs: number) => 4 * ONE + 5 * ONE * day(atMs);
    const { steps, overloadMs, counts } = runFleet({ targets: TARGETS, offered, count: 6 }, 5 * DAY);
    expect(faultsOf(steps, TARGETS)).toEqual([]);
    expect(reversals(steps)).toBeLessThanOrEqual(2 * 5);
    expect(overloadMs).toBe(0);
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(14);
    expect(Math.max(...counts)).toBeLessThanOrEqual(18);
    expect(Math.min(...counts)).toBeLessThanOrEqual(6);
  });

  test("steady load settles, and then nothing happens for days", () => {
    for (const load of [0.1, 0.9, 1, 3.3, 7.99, 17]) {
      const { steps, counts } = runFleet({ targets: TARGETS, offered: () => load * ONE, count: 10 }, 2 * DAY);
      expect(faultsOf(steps, TARGETS)).toEqual([]);
      expect(reversals(steps)).toBe(0);
      expect(steps.every(({ atMs }) => atMs < 4 * HOUR)).toBe(true);
      expect(counts.at(-1)!).toBeGreaterThanOrEqual(Math.max(2, Math.ceil(load / SCALING.outBand)));
      expect(counts.at(-1)!).toBeLessThanOrEqual(Math.max(2, Math.ceil(load / SCALING.inBand)));
    }
  });

  test("flapping load inside the band changes nothing; beyond it the fleet stays at the height of it", () => {
    for (const periodMs of [20_000, MINUTE, 5 * MINUTE, 9 * MINUTE]) {
      const flapping = (share: number) => (atMs: number) =>
        ONE * 10 * (1 + (Math.floor(atMs / periodMs) % 2 === 0 ? share : -share));
      const small = runFleet({ targets: TARGETS, offered: flapping(0.04), count: 10 }, DAY);
      expect(small.steps).toEqual([]);
      const large = runFleet({ targets: TARGETS, offered: flapping(0.5), count: 10 }, DAY);
      expect(shrinks(large.steps)).toEqual([]);
      expect(large.steps.filter(({ atMs }) => atMs > HOUR)).toEqual([]);
    }
  });

  test("a spike: grows within the lag, is carried in minutes, and shrinks only long after", () => {
    const fromMs = 6 * HOUR;
    const toMs = 7 * HOUR;
    const offered = (atMs: number) => (atMs >= fromMs && atMs < toMs ? 24 * ONE : 3 * ONE);
    const { steps, counts, overloadMs } = runFleet({ targets: TARGETS, offered, count: 4 }, DAY);
    expect(faultsOf(steps, TARGETS)).toEqual([]);
    const first = grows(steps).find(({ atMs }) => atMs >= fromMs)!;
    expect(first.atMs - fromMs).toBeLessThanOrEqual(LAG_MS_MAX);
    expect(
      steps.filter(({ atMs, from, to }) => to < from && atMs > fromMs && atMs < toMs + 9 * MINUTE),
    ).toEqual([]);
    expect(counts[(fromMs + 10 * MINUTE) / 5_000]!).toBeGreaterThanOrEqual(24 / SCALING.outBand);
    expect(overloadMs).toBeLessThanOrEqual(3 * (LAG_MS_MAX + START_MS));
    expect(reversals(steps.filter(({ atMs }) => atMs >= fromMs))).toBeLessThanOrEqual(1);
  });

  test("a single odd sample changes nothing", () => {
    const offered = (atMs: number) => (atMs % HOUR === 0 && atMs > 0 ? 100 * ONE : 5 * ONE);
    const { steps } = runFleet({ targets: TARGETS, offered, count: 6 }, DAY);
    expect(grows(steps)).toEqual([]);
  });

  test("ramps of any steepness: never shrinks on the way up, and follows within the lag", () => {
    for (const rampMs of [5 * MINUTE, 30 * MINUTE, 6 * HOUR]) {
      const offered = (atMs: number) => ONE * (2 + 20 * Math.min(1, Math.max(0, (atMs - HOUR) / rampMs)));
      const { steps, counts } = runFleet({ targets: TARGETS, offered, count: 3 }, 8 * HOUR);
      expect(shrinks(steps)).toEqual([]);
      expect(faultsOf(steps, TARGETS)).toEqual([]);
      const reachedAt = counts.findIndex((count) => count >= 22 / SCALING.outBand) * 5_000;
      expect(reachedAt).toBeGreaterThan(0);
      expect(reachedAt - (HOUR + rampMs)).toBeLessThanOrEqual(5 * LAG_MS_MAX);
    }
  });
});

describe("whatever the load", () => {
  const phases = fc.array(
    fc.record({
      minutes: fc.integer({ min: 1, max: 240 }),
      load: fc.double({ min: 0, max: 60, noNaN: true }),
      noise: fc.double({ min: 0, max: 0.6, noNaN: true }),
    }),
    { minLength: 1, maxLength: 12 },
  );

  test("bounds and cool-downs hold, samples lost or not; it never shrinks below a recent need", () => {
    fc.assert(
      fc.property(phases, fc.double({ min: 0, max: 0.4, noNaN: true }), fc.nat(), (parts, lost, seed) => {
        const random = (atMs: number, salt: number) =>
          (Math.imul((atMs / 1_000) ^ seed, 2_654_435_761) ^ Math.imul(salt + 1, 40_503)) >>> 0;
        const offered = (atMs: number) => {
          let leftMs = atMs;
          for (const { minutes, load, noise } of parts) {
            leftMs -= minutes * MINUTE;
            if (leftMs < 0) return ONE * load * (1 + noise * (random(atMs, 0) / 2 ** 31 - 1));
          }
          return ONE * parts.at(-1)!.load;
        };
        const isMissing = (atMs: number, i: number) => random(atMs, i + 1) / 2 ** 32 < lost;
        const durationMs = parts.reduce((sum, { minutes }) => sum + minutes * MINUTE, 0) + 4 * HOUR;
        const { steps, counts } = runFleet(
          { targets: TARGETS, offered, count: 5, isMissing, sampleMs: 10_000 },
          durationMs,
        );
        expect(faultsOf(steps, TARGETS)).toEqual([]);
        for (const step of shrinks(steps)) {
          for (let agoMs = 0; agoMs <= SCALING.inWindowMs - SCALING.gapMsMax; agoMs += 10_000) {
            const need = offered(step.atMs - agoMs) / ONE;
            // Lost samples may hide a peak that the mean of the others does not show in full.
            if (lost === 0) expect(step.to).toBeGreaterThanOrEqual(Math.min(need, step.from * 0.9) - 1e-6);
          }
        }
        // After the last phase the load is steady: it has settled.
        expect(new Set(counts.slice(-360)).size).toBe(1);
      }),
      { numRuns: 60 },
    );
  });
});

describe("one sample after the other", () => {
  const load = { cpu: 0.3, rps: 100, hitRate: 0.9, p99Us: 100 };
  const feed = (
    policy: ScalingPolicy,
    forMs: number,
    fromMs: number,
    one: Partial<typeof load>,
    count = 4,
  ) => {
    for (let atMs = fromMs; atMs < fromMs + forMs; atMs += 5_000) {
      const loads = Array.from({ length: count }, () => ({ ...load, ...one }));
      const decision = policy.decide({ atMs, desired: count, running: count, loads, mayShrink: true });
      if (decision !== undefined) return { ...decision, atMs };
    }
    return undefined;
  };

  test("the count is brought within its bounds at once, and says why", () => {
    const policy = new ScalingPolicy(TARGETS);
    expect(policy.decide({ atMs: 0, desired: 0, running: 0, loads: [], mayShrink: true })).toMatchObject({
      from: 0,
      to: 2,
    });
    expect(policy.decide({ atMs: 1, desired: 50, running: 50, loads: [], mayShrink: true })).toMatchObject({
      from: 50,
      to: 40,
    });
  });

  test("each side of the load is a reason of its own", () => {
    const targets = { ...TARGETS, rps: 1_000 };
    expect(feed(new ScalingPolicy(targets), MINUTE, 0, { cpu: 0.9 })?.reason).toMatch(
      /^CPU at 90 %, wanted 60 %/,
    );
    expect(feed(new ScalingPolicy(targets), MINUTE, 0, { rps: 1_500 })?.reason).toMatch(/^1500 requests\/s/);
    const slow = { cpu: 0.5, p99Us: 9_000 };
    expect(feed(new ScalingPolicy(targets), MINUTE, 0, slow)).toMatchObject({
      to: 5,
      reason: expect.stringMatching(/^p99 of 9000/),
    });
    expect(feed(new ScalingPolicy(targets), MINUTE, 0, { cpu: 0.1, p99Us: 9_000 })).toBeUndefined();
  });

  test("it does not shrink while the hit rate is down, nor before it has seen the whole window", () => {
    const policy = new ScalingPolicy(TARGETS);
    expect(feed(policy, SCALING.inWindowMs - 2 * SCALING.gapMsMax, 0, {})).toBeUndefined();
    expect(feed(policy, 10 * MINUTE, SCALING.inWindowMs - 2 * SCALING.gapMsMax, {})).toMatchObject({ to: 3 });
    const filling = new ScalingPolicy(TARGETS);
    feed(filling, SCALING.inWindowMs - 2 * SCALING.gapMsMax, 0, {});
    expect(
      feed(filling, 2 * MINUTE, SCALING.inWindowMs - 2 * SCALING.gapMsMax, { hitRate: 0.3 }),
    ).toBeUndefined();
  });

  test("after a gap, or a clock that went back, it begins to watch anew", () => {
    for (const restMs of [HOUR, -HOUR]) {
      const policy = new ScalingPolicy(TARGETS);
      feed(policy, SCALING.inWindowMs - 2 * SCALING.gapMsMax, 2 * HOUR, {});
      expect(feed(policy, 5 * MINUTE, 2 * HOUR + SCALING.inWindowMs + restMs, {})).toBeUndefined();
    }
  });

  test("those that do not tell their load are taken for average", () => {
    const policy = new ScalingPolicy(TARGETS);
    const loads = Array.from({ length: 4 }, () => ({ ...load, cpu: 0.68 }));
    for (let atMs = 0; atMs < SCALING.outWindowMs; atMs += 5_000)
      expect(policy.decide({ atMs, desired: 6, running: 6, loads, mayShrink: true })).toBeUndefined();
    const decision = policy.decide({
      atMs: SCALING.outWindowMs,
      desired: 6,
      running: 6,
      loads,
      mayShrink: true,
    });
    expect(decision).toMatchObject({ from: 6, to: 7 });
  });

  test("where most do not tell their load, nothing is decided", () => {
    const policy = new ScalingPolicy(TARGETS);
    for (let atMs = 0; atMs < HOUR; atMs += 5_000) {
      const loads = [{ ...load, cpu: 1 }];
      expect(policy.decide({ atMs, desired: 4, running: 4, loads, mayShrink: true })).toBeUndefined();
    }
  });
});
