// A process whose workers are threads: `bun thread-host.ts WORKERS PORT`, prints a line when all listen.

import { KEYS } from "../../load/value.ts";
import { fillTable } from "../fill-table.ts";
import { TABLE_BYTES } from "../shared-table.ts";
import type { WorkerStart } from "./worker.ts";

const [count, port] = process.argv.slice(2).map(Number);
const memory = new SharedArrayBuffer(TABLE_BYTES);
fillTable(memory, KEYS);
for (let worker = 1; worker <= count!; worker++) {
  const thread = new Worker(new URL("worker.ts", import.meta.url));
  const isListening = new Promise((resolve) => (thread.onmessage = resolve));
  thread.postMessage({ worker, port: port!, memory } satisfies WorkerStart, []);
  await isListening;
}
process.stdout.write("listening\n");
