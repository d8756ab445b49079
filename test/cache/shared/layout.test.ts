// Whatever one process takes with a budget, workers with one memory take with it; and the memory has room for it.
import { expect, test } from "bun:test";
import { readSettings } from "../../../src/base/settings/settings.ts";
import { keepsOrder } from "../../../src/cache/memory/keeps-order.ts";
import { divide } from "../../../src/cache/budget.ts";
import { largestRecordOf, layOut, type MemoryNeeds } from "../../../src/cache/shared/layout.ts";
import { WorkerMemory } from "../../../src/instance/worker-memory.ts";
import { engineOf, memoryFor } from "../support/shared-engines.ts";

const MIB = 2 ** 20;
const KEYS = 300;

function needsOf(bytesMax: number, workers: number, valueBytesMax: number): MemoryNeeds {
  return { bytesMax, workers, valueBytesMax, policy: "adaptive", headBytes: 0, extraBytes: () => 0 };
}

test("the largest value is the same for any number of workers", () => {
  for (const budget of [0.3, 1, 8, 12, 16, 17, 20, 40, 64, 100, 500, 4_000, 30_000]) {
    for (const value of [0.1, 1, 8, 16, 40, 100]) {
      for (const workers of [2, 4, 8, 64]) {
        const needs = needsOf(Math.floor(budget * MIB), workers, Math.floor(value * MIB));
        const { shardBudget } = layOut(needs);
        expect(shardBudget.recordBytesMax).toBeGreaterThanOrEqual(largestRecordOf(needs));
      }
    }
  }
});

test("where no shard could take the largest value, one process has the memory", () => {
  const settings = readSettings({
    CACHEE_VALUE_BYTES_MAX: "300mb",
    CACHEE_L1_BYTES_MAX: "2gb",
    CACHEE_WORKERS: "2",
  });
  expect(WorkerMemory.create(settings)).toHaveProperty("unavailable");
});

test("memory is shared where atomic operations are fences: on x64, and on arm64 with single instructions for them", () => {
  const [plain, atomics] = [0b1111, 0b1_0000_1111];
  expect([plain, atomics].map((capabilities) => keepsOrder("x64", capabilities))).toEqual([true, true]);
  expect([plain, atomics].map((capabilities) => keepsOrder("arm64", capabilities))).toEqual([false, true]);
  expect(keepsOrder("riscv64", atomics)).toBe(false);
});

test.each([300_000, 8 * MIB, 16 * MIB, 40 * MIB])(
  "the largest value finds room in a full memory of %d bytes",
  (bytesMax) => {
    const valueBytesMax = 8 * MIB;
    const memory = memoryFor(bytesMax, "adaptive", 2, undefined, valueBytesMax);
    const engine = engineOf<never>(memory, 0);
    for (let i = 0; i < KEYS; i++) {
      engine.set(`key-${i}`, Buffer.alloc((i * 7919) % Math.floor(bytesMax / 60), i), 1, Infinity, 0);
    }
    const largest = Math.min(divide(bytesMax).recordBytesMax, valueBytesMax);
    for (let i = 0; i < 5; i++) {
      const key = `large-${i}`;
      expect(engine.set(key, Buffer.alloc(largest - key.length, i), 1, Infinity, 0)).toBe(true);
      expect(engine.get(key, 0)?.record).toEqual(Buffer.alloc(largest - key.length, i));
      engine.verify();
      for (let small = 0; small < 20; small++)
        engine.set(`small-${small}`, Buffer.alloc(500), 1, Infinity, 0);
      engine.verify();
    }
  },
);
