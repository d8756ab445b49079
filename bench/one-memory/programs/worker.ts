// One worker: a thread or a process with a server of its own on the shared port, and the shared table behind it.

import { isMainThread } from "node:worker_threads";
import { VALUE_BYTES } from "../../load/value.ts";
import { mapMemory } from "../mapped-memory.ts";
import { SharedTable, TABLE_BYTES } from "../shared-table.ts";

/** The descriptor by which a process is handed the memory. */
const MEMORY_DESCRIPTOR = 3;

export interface WorkerStart {
  readonly worker: number;
  readonly port: number;
  /** Nothing for a process, which maps it. */
  readonly memory?: SharedArrayBuffer;
}

declare const self: {
  onmessage: (event: MessageEvent<WorkerStart>) => void;
  postMessage(message: string, transfer: []): void;
};

function serve({ worker, port, memory }: WorkerStart): void {
  const table = new SharedTable(memory ?? mapMemory(MEMORY_DESCRIPTOR, TABLE_BYTES)[0]!, worker, () => true);
  const value = Buffer.allocUnsafeSlow(VALUE_BYTES);
  Bun.serve({
    hostname: "127.0.0.1",
    port,
    reusePort: true,
    routes: {
      "/cache/:key": {
        GET(request) {
          const slot = table.find(request.params.key);
          if (slot < 0) return new Response(null, { status: 404 });
          while (!table.copyFenced(slot, value));
          return new Response(value);
        },
      },
    },
    fetch: () => new Response(null, { status: 404 }),
  });
}

if (isMainThread) {
  const [worker, port] = process.argv.slice(2).map(Number);
  serve({ worker: worker!, port: port! });
  process.stdout.write("listening\n");
} else {
  self.onmessage = ({ data }) => {
    serve(data);
    self.postMessage("listening", []);
  };
}
