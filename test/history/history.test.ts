// The history checker: that it finds what it should, and that real servers give it nothing to find.

import { describe, expect, test } from "bun:test";
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
const checked = (fill: (history: History) => void) => {
  const history = new History(1_000);
  fill(history);
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
});

test("three servers on a real Redis through every fault: no violation", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 100_000);
  const result = await soak({ seed, ms: 5_000, servers: 3, clients: 8 });
  const told = `seed ${seed}, after ${result.nemeses.join(", ")}: ${result.violations.slice(0, 5).join("; ")}`;
  if (result.violations.length > 0) throw new Error(told);
  expect(result.reads).toBeGreaterThan(500);
  expect(result.writes).toBeGreaterThan(100);
}, 60_000);
