// What a single call may do is bounded by steps, however many entries wait to be dropped.
import { expect, test } from "bun:test";
import { createEngine, type L1 } from "../../src/cache/l1.ts";
import { seededRandom } from "./support/random.ts";

const ENTRIES = 50_000;
const STEPS_MAX = 5_000;

function expiredEngine(): L1<never> {
  const engine = createEngine<never>({ bytesMax: 64 * 2 ** 20, random: seededRandom(1) });
  for (let i = 0; i < ENTRIES; i++) engine.set(`key:${i}`, new Uint8Array(10), 1, 1_000, 0);
  return engine;
}

const CALLS: Readonly<Record<string, (engine: L1<never>) => unknown>> = {
  "a random key": (engine) => engine.randomKey(2_000),
  "a step of a walk": (engine) => engine.scan(0, 100, 2_000, () => {}),
  "the hottest keys": (engine) => engine.hottest(100, 2_000),
  "a tick": (engine) => engine.tick(2_000, 2_000),
};

test.each(Object.keys(CALLS))("%s drops a bounded number of expired entries", (name) => {
  const engine = expiredEngine();
  CALLS[name]!(engine);
  const dropped = ENTRIES - engine.stats().entries;
  expect(dropped).toBeLessThanOrEqual(STEPS_MAX);
  engine.verify();
});

test("a revalidation of many entries is done in ticks of the steps given", () => {
  let asked = 0;
  const engine = createEngine<never>({
    bytesMax: 64 * 2 ** 20,
    random: seededRandom(1),
    isValid: () => {
      asked++;
      return false;
    },
  });
  for (let i = 0; i < ENTRIES; i++) engine.set(`key:${i}`, new Uint8Array(10), 1, Infinity, 0);
  for (let i = 0; i < 10; i++) engine.revalidate();
  expect(asked).toBe(0);
  let ticks = 0;
  for (let before = 0; engine.tick(0, 1_000) === 1_000; ticks++) {
    expect(asked - before).toBeLessThanOrEqual(1_000);
    before = asked;
  }
  expect(ticks).toBeGreaterThanOrEqual(ENTRIES / 1_000);
  expect(engine.stats().entries).toBe(0);
});

test("room for a large record is made in steps, and then it is stored without evicting many", () => {
  const engine = createEngine<never>({ bytesMax: 64 * 2 ** 20, random: seededRandom(1) });
  for (let i = 0; i < 400_000; i++) engine.set(`key:${i}`, new Uint8Array(20), 1, Infinity, 0);
  engine.verify();
  const evicted = () => engine.stats().evictions.capacity;
  const bytes = 8 * 2 ** 20;
  let steps = 1;
  for (let before = evicted(); !engine.prepare(bytes, 1_000); before = evicted()) {
    expect(evicted() - before).toBeLessThanOrEqual(1_001);
    steps++;
  }
  engine.verify();
  expect(steps).toBeGreaterThan(20);
  const before = evicted();
  expect(engine.set("large", new Uint8Array(bytes), 1, Infinity, 0)).toBe(true);
  expect(evicted() - before).toBeLessThan(1_000);
  engine.verify();
  expect(engine.prepare(100, 1)).toBe(true);
  expect(engine.prepare(engine.recordBytesMax + 1, 1)).toBe(true);
});
