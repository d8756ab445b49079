// Among entries of many sizes the policies keep up with the plainest S3-FIFO and GDSF, in requests and in bytes.
import { describe, expect, test } from "bun:test";
import { replay } from "../../../bench/traces.ts";
import type { Trace } from "../../../bench/support/trace.ts";
import { gdsf, s3fifo } from "../support/references.ts";
import { seededRandom } from "../support/random.ts";

const REQUESTS = 40_000;
const KEYS = 4000;

/** Zipf-distributed requests, of which `once` are for keys that never come again; sizes from 200 bytes to 200 KB. */
function webTrace(seed: number, once: number): Trace {
  const random = seededRandom(seed);
  const ids = new Uint32Array(REQUESTS);
  const sizes = Array.from({ length: KEYS }, () => Math.round(200 * 1000 ** random()));
  const sums: number[] = [];
  for (let key = 0; key < KEYS; key++) sums.push((sums[key - 1] ?? 0) + 1 / (key + 1) ** 0.9);
  for (let i = 0; i < REQUESTS; i++) {
    const at = random() * sums[KEYS - 1]!;
    const isOnce = random() < once;
    ids[i] = isOnce ? sizes.length : sums.findIndex((sum) => sum >= at);
    if (isOnce) sizes.push(Math.round(200 * 1000 ** random()));
  }
  return { name: `web ${seed}`, ids, sizes, keys: sizes.map((_, key) => `key:${key}`) };
}

describe.each([
  [1, 0],
  [2, 0.3],
])("requests of seed %i, a share of %f asked once", (seed, once) => {
  const trace = webTrace(seed, once);
  const capacity = 2_000_000;
  const s3 = s3fifo(trace, capacity);

  test("s3fifo is S3-FIFO", () => {
    const own = replay(trace, "s3fifo", "bytes", capacity);
    expect(Math.abs(own.byteHitRatio - s3.bytes)).toBeLessThan(0.005);
    expect(Math.abs(own.hitRatio - s3.hits)).toBeLessThan(0.005);
  });

  test("adaptive hits as many bytes and more requests", () => {
    const own = replay(trace, "adaptive", "bytes", capacity);
    expect(own.byteHitRatio).toBeGreaterThan(s3.bytes - 0.005);
    expect(own.hitRatio).toBeGreaterThan(s3.hits + 0.02);
    expect(own.hitRatio).toBeGreaterThan(gdsf(trace, capacity).hits - 0.05);
  });

  test("sized hits as many requests as GDSF", () => {
    const own = replay(trace, "sized", "bytes", capacity);
    expect(own.hitRatio).toBeGreaterThan(gdsf(trace, capacity).hits - 0.01);
  });
});
