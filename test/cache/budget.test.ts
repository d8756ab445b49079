// The budget against the process's real resident memory, under a load of ten times the budget.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { createEngine } from "../../src/cache/l1.ts";

const MIB = 2 ** 20;
/** What a process takes besides its budget: the runtime, its code, and the garbage between two collections. */
const FIXED_BYTES = 120 * MIB;
/** The collector counts slabs as heap; without this it would let garbage grow as large as they are. */
const COLLECTOR = { BUN_JSC_gcMaxHeapSize: String(16 * MIB) };

test.each([32, 128])(
  "a budget of %d MiB holds against resident memory",
  async (mib) => {
    const child = Bun.spawn(
      [process.execPath, join(import.meta.dir, "support/fill.ts"), String(mib * MIB), "10", "1"],
      { env: { ...process.env, ...COLLECTOR }, stdout: "pipe", stderr: "inherit" },
    );
    const highest = Number(await child.stdout.text());
    expect(await child.exited).toBe(0);
    console.log(`${mib} MiB of budget: at most ${(highest / MIB).toFixed(0)} MiB resident`);
    expect(highest).toBeGreaterThan(0);
    expect(highest).toBeLessThan(mib * MIB + FIXED_BYTES);
  },
  60_000,
);

test("a budget beyond what addresses reach is used as far as they reach", () => {
  const engine = createEngine<never>({ bytesMax: 100 * 1024 * MIB });
  expect(engine.bytesMax).toBe(48 * 1024 * MIB);
  expect(engine.stats().bytesMax).toBe(48 * 1024 * MIB);
});
