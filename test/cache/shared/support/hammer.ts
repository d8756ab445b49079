// A process that reads and writes a few keys of a shared memory at random, looks whether what it reads is whole, and
// tells what it did. Arguments: JSON of Orders. The memory is descriptor 3.
import { mapSharedMemory } from "../../../../src/cache/shared/shared-memory.ts";
import type { MemoryLayout } from "../../../../src/cache/shared/layout.ts";
import { SharedL1 } from "../../../../src/cache/shared/shared-l1.ts";
import { machineNs as nowNs, yieldCore } from "../../../../src/cache/memory/memory-file.ts";
import { seededRandom } from "../../support/random.ts";
import type { Operation } from "./history.ts";

export interface Orders {
  readonly layout: MemoryLayout;
  readonly own: number;
  readonly seed: number;
  readonly steps: number;
  readonly keys: number;
  readonly bytesMax: number;
  readonly writeShare: number;
}

const MEMORY = 3;
const HEAD_BYTES = 8;
/** Where the owner's part of the head begins, which here is the number of the last change. */
const orders = JSON.parse(process.argv[2]!) as Orders;
const memory = mapSharedMemory(MEMORY, orders.layout);
const sequence = new BigInt64Array(memory.own.memory, memory.own.start, 1);
const random = seededRandom(orders.seed);
const engine = new SharedL1<never>({
  memory,
  own: orders.own,
  worker: orders.own % 2,
  workers: 2,
  originMs: 0,
  yieldCore,
  catchUp: () => {},
  random,
});
const operations: Operation[] = [];
let refused = 0;

/** Says of which key and change it is, and is as long as they say: what is torn differs somewhere. */
function recordOf(key: string, n: number): Buffer {
  const bytes = HEAD_BYTES + ((n * 7919) % orders.bytesMax);
  const record = Buffer.alloc(bytes, (n + key.length) & 0xff);
  record.writeDoubleLE(n, 0);
  return record;
}

function check(key: string, bytes: Uint8Array): number {
  const n = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readDoubleLE(0);
  if (!recordOf(key, n).equals(bytes)) throw new Error(`${key} has a torn record of ${n}`);
  return n;
}

function read(key: string): number {
  const way = random();
  if (way < 0.5) {
    const source = Buffer.from(key);
    const span = engine.seek(source, 0, source.length, 0);
    return span === undefined ? 0 : check(key, span.bytes.subarray(span.start, span.end));
  }
  const entry = way < 0.8 ? engine.get(key, 0) : engine.peek(key, 0);
  if (entry === undefined) return 0;
  const n = check(key, entry.record);
  if (n !== entry.version) throw new Error(`${key} has the version ${entry.version} and the record of ${n}`);
  return n;
}

function change(key: string, isDelete: boolean): number | undefined {
  if (!engine.hold(key)) {
    refused++;
    return undefined;
  }
  const n = Number(Atomics.add(sequence, 0, 1n)) + 1;
  if (isDelete) engine.delete(key, 0);
  else engine.set(key, recordOf(key, n), n, Infinity, 0);
  engine.letGo();
  return n;
}

for (let step = 0; step < orders.steps; step++) {
  const key = `key-${Math.floor(random() * orders.keys)}`;
  const kind = random() >= orders.writeShare ? "read" : random() < 0.3 ? "delete" : "set";
  const startNs = nowNs();
  const n = kind === "read" ? read(key) : change(key, kind === "delete");
  if (n !== undefined) operations.push({ kind, key, n, startNs, endNs: nowNs() });
  if (step % 500 === 0) engine.tick(0, 50);
  if (step === 0) process.stdout.write("begun\n");
}
process.stdout.write(`${JSON.stringify({ operations, refused })}\n`);
