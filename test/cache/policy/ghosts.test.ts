// Ghosts are a FIFO bounded by weight: what is taken back makes room, what is over the bound goes, growing keeps.
import { expect, test } from "bun:test";
import { mix } from "../../../src/cache/storage/key-bytes.ts";
import { Ghosts } from "../../../src/cache/policy/ghosts.ts";
import { heapArena } from "../../../src/cache/memory/arena.ts";

/** Ghosts `from` up to, not including, `to` that are known; taking them makes them unknown. */
function known(ghosts: Ghosts, from: number, to: number): number {
  let count = 0;
  for (let key = from; key < to; key++) if (ghosts.take(mix(key), 10)) count++;
  return count;
}

function add(ghosts: Ghosts, from: number, to: number, weightMax: number): void {
  for (let key = from; key < to; key++) ghosts.add(mix(key), 10, weightMax);
}

test("forgets the oldest when all weigh too much", () => {
  const ghosts = new Ghosts(heapArena, 0);
  ghosts.reserve(1000);
  add(ghosts, 0, 1000, 5000);
  expect(known(ghosts, 0, 480)).toBe(0);
  expect(known(ghosts, 520, 1000)).toBeGreaterThanOrEqual(475);
});

test("keeps the others longer when one is taken back", () => {
  const ghosts = new Ghosts(heapArena, 0);
  ghosts.reserve(1000);
  add(ghosts, 0, 500, 5000);
  expect(known(ghosts, 250, 500)).toBeGreaterThanOrEqual(247);
  add(ghosts, 500, 740, 5000);
  expect(known(ghosts, 0, 250)).toBeGreaterThanOrEqual(240);
});

test("knows its ghosts still after growing", () => {
  const ghosts = new Ghosts(heapArena, 0);
  ghosts.reserve(500);
  add(ghosts, 0, 500, 100_000);
  ghosts.reserve(5000);
  expect(known(ghosts, 0, 500)).toBeGreaterThanOrEqual(495);
  expect(known(ghosts, 0, 500)).toBe(0);
});

test("knows few that it never had", () => {
  const ghosts = new Ghosts(heapArena, 0);
  ghosts.reserve(10_000);
  add(ghosts, 0, 10_000, 100_000);
  expect(known(ghosts, 100_000, 200_000)).toBeLessThan(20);
});
