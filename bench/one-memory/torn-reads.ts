// Counts copies that are a mixture of two values, while a thread writes, by way of checking. Cold.

import type { Cell } from "../load/table.ts";
import { VALUE_BYTES } from "../load/value.ts";
import { keyOf } from "./fill-table.ts";
import { SharedTable, TABLE_BYTES } from "./shared-table.ts";

const COPIES = 2_000_000;

/** Rows: way, copies let through, those of them that were torn, those refused. */
export async function countTornReads(): Promise<(readonly Cell[])[]> {
  const memory = new SharedArrayBuffer(TABLE_BYTES);
  const table = new SharedTable(memory, 1, () => true);
  table.set(keyOf(0), new Uint8Array(VALUE_BYTES));
  const writer = new Worker(new URL("programs/writer-thread.ts", import.meta.url));
  const isRunning = new Promise((resolve) => (writer.onmessage = resolve));
  writer.postMessage(memory, []);
  await isRunning;
  const value = Buffer.allocUnsafeSlow(VALUE_BYTES);
  const unchecked = (slot: number) => {
    table.copy(slot, value);
    return true;
  };
  const rows = [
    ["unchecked", ...countOf(table, value, unchecked)],
    ["Atomics.load", ...countOf(table, value, (slot) => table.copyByAtomicLoads(slot, value))],
    ["plain loads, own fence", ...countOf(table, value, (slot) => table.copyFenced(slot, value))],
  ];
  writer.terminate();
  return rows;
}

function countOf(table: SharedTable, value: Buffer, copy: (slot: number) => boolean): Cell[] {
  let torn = 0;
  let refused = 0;
  for (let i = 0; i < COPIES; i++) {
    const slot = table.find(keyOf(0));
    if (!copy(slot)) refused++;
    else if (value[0] !== value[VALUE_BYTES - 1] || value[0] !== value[VALUE_BYTES >> 1]) torn++;
  }
  return [String(COPIES - refused), String(torn), String(refused)];
}
