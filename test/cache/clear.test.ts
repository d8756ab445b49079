// Dropping everything costs by what is there: no memory in proportion to the budget is asked for, and what was used goes back.
import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { createEngine } from "../../src/cache/l1.ts";
import { seededRandom } from "./support/random.ts";
import { recordOf } from "./support/trial.ts";

const MIB = 2 ** 20;
const TICKS_MAX = 1_000;

test("clearing an engine of 4 GiB asks for no new memory", () => {
  const engine = createEngine<never>({ bytesMax: 4096 * MIB, random: seededRandom(1) });
  // What was made lately is counted when garbage is collected.
  const counted = () => {
    Bun.gc(true);
    return heapStats().extraMemorySize;
  };
  const before = counted();
  for (let i = 0; i < 10; i++) {
    engine.set("key", recordOf(i, 10), i, Infinity, 0);
    engine.clear();
    expect(engine.get("key", 0)).toBeUndefined();
  }
  expect(counted() - before).toBeLessThan(64 * MIB);
});

test("what a cleared engine had goes back to the system, a little at each tick, and it goes on", () => {
  const engine = createEngine<never>({ bytesMax: 256 * MIB, random: seededRandom(1) });
  const fill = (from: number, count: number, bytes: number) => {
    for (let i = from; i < from + count; i++) engine.set(`key:${i}`, recordOf(i, bytes), i, i + 1e6, i);
  };
  fill(0, 300_000, 20);
  engine.verify();
  const full = engine.allocatedBytes;
  engine.clear();
  engine.verify();
  fill(0, 1_000, 20);
  let ticks = 0;
  for (let last = Infinity; engine.allocatedBytes < last && ticks < TICKS_MAX; ticks++) {
    last = engine.allocatedBytes;
    engine.tick(0, 10);
  }
  expect(ticks).toBeGreaterThan(5);
  if (process.platform === "linux") expect(engine.allocatedBytes).toBeLessThan(full / 4);
  fill(0, 400_000, 20);
  fill(400_000, 200, 500_000);
  engine.verify();
  for (let i = 400_000; i < 400_200; i++) expect(engine.get(`key:${i}`, i)?.version).toBe(i);
});
