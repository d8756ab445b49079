// The load in a heartbeat: measured between two looks, and read from whatever another may have written.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { systemClock } from "../../src/base/clock.ts";
import { HOT_KEYS_MAX } from "../../src/base/fleet-limits.ts";
import { silentLog } from "../../src/base/log.ts";
import { fleetViewOf } from "../../src/cluster/fleet-view.ts";
import { LoadMeter, parseLoad } from "../../src/cluster/load.ts";
import { RecentLatency } from "../../src/cluster/recent-latency.ts";
import { warmUp } from "../../src/cluster/warm-up.ts";
import { Histogram } from "../../src/observe/histogram.ts";

const ZERO = { requests: 0, hits: 0, misses: 0, p99Us: 0, l1Bytes: 0, l1BytesMax: 100, cpuSeconds: 0 };

test("rates are those since the last look, for all workers together", () => {
  const meter = new LoadMeter(2);
  expect(meter.measure({ ...ZERO, requests: 50 }, 1_000, [])).toMatchObject({ rps: 0, cpu: 0, hitRate: 0 });
  const later = { ...ZERO, requests: 1_050, hits: 600, misses: 200, p99Us: 12.34, cpuSeconds: 3 };
  expect(meter.measure(later, 3_000, ["k"])).toEqual({
    rps: 500,
    reads: 400,
    hitRate: 0.75,
    p99Us: 12.3,
    l1Bytes: 0,
    l1BytesMax: 100,
    cpu: 0.75,
    hot: ["k"],
  });
  // A worker was replaced, and its counts are gone.
  expect(meter.measure(ZERO, 4_000, [])).toMatchObject({ rps: 0, cpu: 0, hitRate: 0 });
});

test("the latency of late is not that of long ago", () => {
  const histogram = new Histogram();
  const latency = new RecentLatency();
  for (let i = 0; i < 1_000; i++) histogram.record(5_000_000);
  expect(latency.p99Us(Histogram.of([histogram.state]))).toBeGreaterThan(4_000);
  for (let i = 0; i < 100; i++) histogram.record(10_000);
  expect(latency.p99Us(Histogram.of([histogram.state]))).toBeLessThan(11);
  expect(latency.p99Us(Histogram.of([histogram.state]))).toBe(0);
});

test("whatever is in a heartbeat, reading it gives bounded numbers or nothing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const load = parseLoad(text);
      if (load === undefined) return;
      for (const [name, value] of Object.entries(load)) {
        if (name !== "hot") expect(value).toBeGreaterThanOrEqual(0);
      }
      expect(load.hot.length).toBeLessThanOrEqual(HOT_KEYS_MAX);
    }),
  );
  const hot = [...Array.from({ length: 2 * HOT_KEYS_MAX }, (_, i) => `k${i}`), "", 7, "x".repeat(10_000)];
  expect(parseLoad(JSON.stringify({ hot }))!.hot).toEqual(hot.slice(0, HOT_KEYS_MAX) as string[]);
});

const entry = (id: string, load: object | undefined, remainingMs = 5_000) => ({
  id,
  record: JSON.stringify({ host: "h", port: 1, startedAt: "now", heartbeatMs: 2_000 }),
  load: load === undefined ? undefined : JSON.stringify(load),
  remainingMs,
});
const view = (...entries: ReturnType<typeof entry>[]) => ({
  entries,
  leader: "b",
  control: undefined,
  decisions: ['{"from":1}', "no JSON"],
});

test("the view shows the living, by name, with their age by Redis's clock", () => {
  const { instances, decisions, control } = fleetViewOf(
    view(entry("b", {}), entry("a", { rps: 3 }), entry("dead", undefined)),
  );
  expect(instances).toMatchObject([
    { id: "a", host: "h", role: "member", ageMs: 1_000, load: { rps: 3 } },
    { id: "b", role: "leader" },
  ]);
  expect(JSON.stringify(instances)).not.toContain("hot");
  expect([decisions, control]).toEqual([[{ from: 1 }], null]);
});

const warm = async (
  seen: ReturnType<typeof view>,
  read: (key: string) => Promise<boolean>,
  fullAt: number,
) => {
  let asked = 0;
  const counted = (key: string) => (asked++, read(key));
  const registry = { view: () => Promise.resolve(seen) };
  await warmUp(registry, { read: counted, isFull: () => asked >= fullAt }, systemClock, silentLog);
};

test("a new instance reads first what is hot on many", async () => {
  const seen = view(entry("a", { hot: ["x", "y"] }), entry("b", { hot: ["y", "z"] }), entry("c", undefined));
  const asked: string[] = [];
  await warm(seen, (key) => Promise.resolve(asked.push(key) > 0), Number.POSITIVE_INFINITY);
  expect(asked).toEqual(["y", "x", "z"]);
});

test("the warm-up reads every key once, until L1 is full enough, and survives a store that fails", async () => {
  const hot = (name: string) => Array.from({ length: HOT_KEYS_MAX }, (_, i) => `${name}${i}`);
  const seen = view(...["a", "b", "c"].map((name) => entry(name, { hot: hot(name) })));
  const asked: string[] = [];
  const read = (key: string) => Promise.resolve(asked.push(key) % 2 === 0);
  await warm(seen, read, Number.POSITIVE_INFINITY);
  expect(new Set(asked).size).toBe(3 * HOT_KEYS_MAX);
  expect(asked.length).toBe(3 * HOT_KEYS_MAX);
  asked.length = 0;
  await warm(seen, read, 100);
  expect(asked.length).toBe(100);
  await warm(seen, () => Promise.reject(new Error("no store")), 100);
});
