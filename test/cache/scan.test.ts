// Scans: one pass over very many cold keys leaves the hot set where it is.
import { expect, test } from "bun:test";
import { createEngine } from "../../src/cache/l1.ts";
import type { EvictionPolicy } from "../../src/base/settings/eviction.ts";
import { seededRandom } from "./support/random.ts";

const HOT_KEYS = 1000;
const COLD_KEYS = 1_000_000;
const KEPT_SHARE = 0.95;
const POLICIES: readonly EvictionPolicy[] = ["adaptive", "sized", "s3fifo", "tinylfu"];

test.each([...POLICIES])("one pass over a million keys does not empty the hot set of %s", (policy) => {
  const engine = createEngine<never>({ bytesMax: 4 * 2 ** 20, policy, random: seededRandom(1) });
  const value = new Uint8Array(1000);
  const read = (i: number): boolean =>
    engine.get(`hot:${i}`, 0) !== undefined || !engine.set(`hot:${i}`, value, 1, Infinity, 0);
  for (let round = 0; round < 20; round++) for (let i = 0; i < HOT_KEYS; i++) read(i);
  for (let i = 0; i < COLD_KEYS; i++) {
    if (engine.get(`cold:${i}`, 0) === undefined) engine.set(`cold:${i}`, value, 1, Infinity, 0);
    if (i % 20 === 0) read((i / 20) % HOT_KEYS);
  }
  let kept = 0;
  for (let i = 0; i < HOT_KEYS; i++) if (engine.peek(`hot:${i}`, 0) !== undefined) kept++;
  expect(kept).toBeGreaterThan(HOT_KEYS * KEPT_SHARE);
});
