// The hot front: who is in it follows who is read, within its bounds, though only one ring takes newcomers at a time.
import { expect, test } from "bun:test";
import { createEngine } from "../../../src/cache/l1.ts";
import { seededRandom } from "../support/random.ts";

const KEYS = 2_000;
const HOT_KEYS = 100;
const KEPT_SHARE = 0.9;

test("a new hot set takes the place of the old one", () => {
  const engine = createEngine<{ readonly name: string }>({ bytesMax: 4 * 2 ** 20, random: seededRandom(1) });
  const keyOf = (i: number) => `key:${i}`;
  for (let i = 0; i < KEYS; i++) engine.set(keyOf(i), new Uint8Array(100), 1, Infinity, 0);
  const read = (i: number): boolean => {
    const entry = engine.get(keyOf(i), 0)!;
    if (engine.isHot(entry) && entry.memo === undefined) engine.keep(entry, { name: entry.key }, 1_000);
    return engine.isHot(entry);
  };
  for (let round = 0; round < 5; round++) for (let i = 0; i < KEYS; i++) read(i);
  engine.verify();
  for (const from of [0, 700, 1_400]) {
    let hot = 0;
    for (let round = 0; round < 1_500; round++) {
      hot = 0;
      for (let i = 0; i < HOT_KEYS; i++) if (read(from + i)) hot++;
    }
    expect(hot).toBeGreaterThan(HOT_KEYS * KEPT_SHARE);
    engine.verify();
  }
  expect(engine.stats().bytes).toBeLessThanOrEqual(engine.bytesMax);
});

test("an entry in front that is written anew has the new record and no memo", () => {
  const engine = createEngine<{ readonly name: string }>({ bytesMax: 4 * 2 ** 20, random: seededRandom(1) });
  engine.set("a", new Uint8Array([1]), 1, Infinity, 0);
  for (let i = 0; i < 3; i++) engine.get("a", 0);
  const before = engine.get("a", 0)!;
  expect(engine.keep(before, { name: "first" }, 100)).toBe(true);
  engine.set("a", new Uint8Array([2, 3]), 2, 50, 0);
  const after = engine.get("a", 0)!;
  expect([after.version, after.expiresAtMs, after.memo, ...after.record]).toEqual([2, 50, undefined, 2, 3]);
  expect(engine.isHot(after)).toBe(true);
  expect(engine.get("a", 50)).toBeUndefined();
  engine.verify();
});
