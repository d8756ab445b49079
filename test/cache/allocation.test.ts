// Writing where a record lies, and finding one by its bytes, allocates nothing.
import { expect, test } from "bun:test";
import { join } from "node:path";

const WRITES = 2_000_000;
/** The heap may grow by this before the collector starts. */
const HEAP_BYTES = 8 * 2 ** 20;
/** What is left over from the start of the process may be collected, once by each kind of collection. */
const COLLECTIONS_MAX = 2;

test("two million writes and look-ups bring no collection about", async () => {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "support/write-many.ts"), String(WRITES)],
    {
      env: { ...process.env, BUN_JSC_logGC: "1", BUN_JSC_gcMaxHeapSize: String(HEAP_BYTES) },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const [text, code] = await Promise.all([child.stderr.text(), child.exited]);
  expect(code).toBe(0);
  const between = text.slice(text.indexOf("BEGIN"), text.indexOf("END\n", text.indexOf("BEGIN")));
  expect(between.split("=> ").length - 1).toBeLessThanOrEqual(COLLECTIONS_MAX);
});
