// A worker that takes a shard's lock and ends there: `bun victim.ts thread|process END`. Cold.

import { isMainThread } from "node:worker_threads";
import { read, type Pointer } from "bun:ffi";
import type { End } from "../failures.ts";
import { keyOf } from "../fill-table.ts";
import { mapMemory } from "../mapped-memory.ts";
import { SharedTable, TABLE_BYTES } from "../shared-table.ts";

declare const self: {
  onmessage: (event: MessageEvent<{ readonly end: End; readonly memory: SharedArrayBuffer }>) => void;
  postMessage(message: string, transfer: []): void;
};

const WAIT_MS = 20_000;
const MEMORY_DESCRIPTOR = 3;

function endAs(end: End): void {
  switch (end) {
    case "uncaught error":
      throw new Error("uncaught");
    case "process.exit":
      return process.exit(3);
    case "terminated":
      if (isMainThread) process.kill(process.pid, "SIGKILL");
      for (;;);
    case "heap exhausted": {
      let chain: unknown;
      for (;;) chain = { chain };
    }
    case "segmentation fault":
      return void read.u8(4_096 as Pointer, 0);
  }
}

async function watchThread(end: End): Promise<void> {
  const memory = new SharedArrayBuffer(TABLE_BYTES);
  const thread = new Worker(import.meta.url);
  const hasEnded = new Promise((resolve) => thread.addEventListener("close", resolve));
  thread.onerror = (event) => event.preventDefault();
  const holdsLock = new Promise((resolve) => (thread.onmessage = resolve));
  thread.postMessage({ end, memory }, []);
  await holdsLock;
  if (end === "terminated") thread.terminate();
  const outcome = await Promise.race([hasEnded.then(() => "only the thread"), Bun.sleep(WAIT_MS)]);
  const lock = new Int32Array(memory).subarray(0, 256).some((word) => word === 1);
  process.stdout.write(`${outcome ?? "nothing ended"}; its lock ${lock ? "stays taken" : "is free"}\n`);
  process.exit(0);
}

if (!isMainThread) {
  self.onmessage = ({ data: { end, memory } }) => {
    new SharedTable(memory, 1, () => true).abandon(keyOf(0));
    self.postMessage("holds the lock", []);
    // The message is on its way when the next turn begins.
    setTimeout(() => endAs(end), 50);
  };
} else {
  const [kind, end] = process.argv.slice(2) as ["thread" | "process", End];
  if (kind === "thread") await watchThread(end);
  else {
    new SharedTable(mapMemory(MEMORY_DESCRIPTOR, TABLE_BYTES)[0]!, 1, () => true).abandon(keyOf(0));
    endAs(end);
  }
}
