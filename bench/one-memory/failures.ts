// Lets a worker end in different ways while it holds a shard's lock, and says what else ended. Cold.

import type { Cell } from "../load/table.ts";
import { keyOf } from "./fill-table.ts";
import { createMemory, mapMemory } from "./mapped-memory.ts";
import { SharedTable, TABLE_BYTES } from "./shared-table.ts";

export const ENDS = [
  "uncaught error",
  "process.exit",
  "terminated",
  "heap exhausted",
  "segmentation fault",
] as const;
export type End = (typeof ENDS)[number];

/** Data that a victim may hold, in kB: far above what Bun reserves to start. */
const DATA_KB_MAX = 3_000_000;

/** Rows: way to end, then what happened with threads and with processes. */
export async function measureFailures(): Promise<(readonly Cell[])[]> {
  const rows: (readonly Cell[])[] = [];
  for (const end of ENDS) rows.push([end, await runVictim("thread", end), await runVictim("process", end)]);
  return rows;
}

/** Runs a victim; it reports on standard output, by its own process where that lives on, what it found. */
async function runVictim(kind: "thread" | "process", end: End): Promise<string> {
  const memory = createMemory(TABLE_BYTES);
  const command = [process.execPath, `${import.meta.dir}/programs/victim.ts`, kind, end].map(
    (word) => `'${word}'`,
  );
  const child = Bun.spawn(["bash", "-c", `ulimit -c 0 -d ${DATA_KB_MAX}; exec ${command.join(" ")}`], {
    stdio: ["ignore", "pipe", "ignore", memory],
  });
  const [text] = await Promise.all([child.stdout.text(), child.exited]);
  const how = child.signalCode ?? `exit ${child.exitCode}`;
  if (kind === "thread") return text.trim() === "" ? `the process: ${how}` : text.trim();
  const startNs = Bun.nanoseconds();
  const table = new SharedTable(mapMemory(memory, TABLE_BYTES)[0]!, 2, () => false);
  table.set(keyOf(0), new Uint8Array(1_024));
  return `that process: ${how}; its shard ours in ${((Bun.nanoseconds() - startNs) / 1e6).toFixed(1)} ms`;
}
