// The history checker: that it finds what it should, and that real servers give it nothing to find.

import { describe, expect, test } from "bun:test";
import { SimOrigin } from "../simulation/sim-origin.ts";
import { History } from "./history.ts";
import { soak } from "./soak.ts";

const read = {
  client: 1,
  isPinned: true,
  key: "kept/1",
  value: undefined,
  seen: undefined,
  invokedMs: 5_000,
  returnedMs: 5_001,
  min: undefined,
  isStale: false,
};
const write = { key: "kept/1", value: "v", invokedMs: 100, ackedMs: 101, seen: { birth: "b", n: 7 } };
const checked = (fill: (history: History, origin: SimOrigin) => void) => {
  const origin = new SimOrigin();
  const history = new History(1_000, origin);
  fill(history, origin);
  return history.check((key) => key.startsWith("kept/")).length;
};

describe("the history checker", () => {
  test("finds each kind of violation, and only those", () => {
    const old = { ...read, value: "u", seen: { birth: "b", n: 6 } };
    const ok = { ...read, value: "v", seen: { birth: "b", n: 7 } };
    expect(checked((h) => (h.write(write), h.read(ok)))).toBe(0);
    expect(checked((h) => (h.write(write), h.read(old)))).toBe(1);
    expect(checked((h) => (h.write(write), h.read(read)))).toBe(1);
    expect(checked((h) => (h.write(write), h.read({ ...old, isStale: true })))).toBe(0);
    expect(checked((h) => (h.write(write), h.read(read), h.loss(200, 300)))).toBe(0);
    expect(checked((h) => (h.write({ ...write, ackedMs: 4_500 }), h.read(old)))).toBe(0);
    expect(checked((h) => (h.read(ok), h.read(old)))).toBe(1);
    expect(checked((h) => (h.read({ ...ok, isPinned: false }), h.read({ ...old, isPinned: false })))).toBe(0);
    expect(checked((h) => h.read({ ...old, min: { seen: { birth: "b", n: 9 }, atMs: 4_990 } }))).toBe(1);
    expect(checked((h) => (h.write(write), h.read({ ...ok, seen: { birth: "b", n: 8 } })))).toBe(1);
    const before = { ...write, value: "u", seen: { birth: "b", n: 6 } };
    const copy = { client: 1, key: "kept/1", value: "u", invokedMs: 5_000, returnedMs: 5_001 };
    expect(checked((h) => (h.write(before), h.write(write), h.copy(copy)))).toBe(1);
    expect(checked((h) => (h.write(before), h.write(write), h.copy({ ...copy, value: "v" })))).toBe(0);
    expect(checked((h) => (h.write(before), h.write(write), h.copy({ ...copy, invokedMs: 900 })))).toBe(0);
  });

  test("finds a count that falls, unless it was lost or is younger than the bound", () => {
    const counted = { field: "own1", count: 7, invokedMs: 100, ackedMs: 101 };
    const tallied = { client: 1, counts: new Map([["own1", 6]]), invokedMs: 5_000, returnedMs: 5_001 };
    expect(checked((h) => (h.count(counted), h.tallied(tallied)))).toBe(1);
    expect(checked((h) => (h.count(counted), h.tallied({ ...tallied, counts: new Map() })))).toBe(1);
    expect(checked((h) => (h.count({ ...counted, count: 6 }), h.tallied(tallied)))).toBe(0);
    expect(checked((h) => (h.count({ ...counted, ackedMs: 4_500 }), h.tallied(tallied)))).toBe(0);
    expect(checked((h) => (h.count(counted), h.tallied(tallied), h.loss(200, 300)))).toBe(0);
  });

  test("judges fills by all losses, those too that were known only after the read", () => {
    const fill = { client: 1, key: "fill/1", value: "o0#1", invokedMs: 5_000, returnedMs: 5_001 };
    /** A fill that was invalidated from 3,000 to 3,001, and read at `invokedMs`. */
    const outlived = (h: History, origin: SimOrigin, invokedMs = 5_000) => {
      expect(origin.read("fill/1")).toBe("o0#1");
      origin.change(["fill/1"], 3_000)(3_001);
      h.filled({ ...fill, invokedMs, returnedMs: invokedMs + 1 });
    };
    expect(checked(outlived)).toBe(1);
    expect(checked((h, origin) => outlived(h, origin, 4_000))).toBe(0);
    expect(checked((h, origin) => (outlived(h, origin), h.loss(4_900, 5_200)))).toBe(0);
    expect(checked((h, origin) => (outlived(h, origin), h.loss(3_500, 3_600)))).toBe(0);
    // Neither what was lost before the invalidation nor what was lost after the read excuses it.
    expect(checked((h, origin) => (outlived(h, origin), h.loss(2_000, 2_900)))).toBe(1);
    expect(checked((h, origin) => (outlived(h, origin), h.loss(5_100, 5_200)))).toBe(1);
    // A fill that was refused is given out by nobody, whatever was lost, and whenever the refusal came.
    expect(checked((h, origin) => (h.filled(fill), h.loss(4_900, 5_200), origin.refuse("o0#1")))).toBe(1);
  });
});

test("three servers on a real Redis through every fault: no violation", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 100_000);
  const result = await soak({ seed, ms: 5_000, servers: 3, clients: 8 });
  const told = `seed ${seed}, after ${result.nemeses.join(", ")}: ${result.violations.slice(0, 5).join("; ")}`;
  if (result.violations.length > 0) throw new Error(told);
  // How many there are depends on what else the machine does.
  expect(Math.min(result.reads, result.writes)).toBeGreaterThan(10);
}, 60_000);
