// The sketch grows in steps: each call of `reserve` copies a bounded part, and what was counted stays counted meanwhile.
import { expect, test } from "bun:test";
import { Sketch } from "../../../src/cache/policy/sketch.ts";
import { mix } from "../../../src/cache/storage/key-bytes.ts";
import { heapArena } from "../../../src/cache/memory/arena.ts";

const KEYS = 1_000;
const COUNT = 1 << 20;

test("growing to a million entries takes many steps, and forgets nothing on the way", () => {
  const sketch = new Sketch(heapArena, 0);
  for (let i = 0; i < 4; i++) sketch.reserve(2 * KEYS);
  const often = Array.from({ length: KEYS }, (_, key) => mix(key));
  for (const hash of often) for (let i = 0; i < 6; i++) sketch.increment(hash);
  const before = often.map((hash) => sketch.estimate(hash));
  let steps = 0;
  const large = () => sketch.bytes === 4 * COUNT;
  while (!large()) {
    sketch.reserve(COUNT);
    steps++;
    if (steps % 64 === 0) {
      for (const [at, hash] of often.entries()) {
        if (sketch.estimate(hash) < before[at]!)
          throw new Error(`key ${at} is forgotten after ${steps} steps`);
      }
    }
  }
  expect(steps).toBe(COUNT / 4096);
  expect(often.map((hash) => sketch.estimate(hash))).toEqual(before);
});
