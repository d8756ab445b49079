// Times look-ups in the table: by kind of memory, by way of checking, alone and beside a second thread that does the same.

import type { Cell } from "../load/table.ts";
import { median } from "../load/median.ts";
import { VALUE_BYTES } from "../load/value.ts";
import { fillTable, keyOf } from "./fill-table.ts";
import { createMemory, mapMemory } from "./mapped-memory.ts";
import { SharedTable, TABLE_BYTES } from "./shared-table.ts";

type Way = "find" | "copy" | "atomic" | "fenced";

export interface RivalTurn {
  readonly memory: SharedArrayBuffer;
  readonly way: Way;
  readonly keys: number;
}

const MEMORY_KINDS = ["ArrayBuffer", "SharedArrayBuffer", "mapped file"] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

const WAYS: readonly Way[] = ["find", "copy", "atomic", "fenced"];
const KEYS_FEW = 4;
const KEYS_MANY = 50_000;
const LOOK_UPS = 400_000;
const ROUNDS = 7;

/** Nanoseconds a look-up, the median of some rounds. */
export function timeLookUps(table: SharedTable, way: Way, keys: number): number {
  const names = Array.from({ length: keys }, (_, i) => keyOf(i));
  const value = Buffer.allocUnsafeSlow(VALUE_BYTES);
  const ns: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let name = 0;
    let failures = 0;
    const startNs = Bun.nanoseconds();
    for (let i = 0; i < LOOK_UPS; i++) {
      // A prime step, so that neighbours in time are none in memory.
      name += 7_919;
      const slot = table.find(names[name % keys]!);
      if (way === "copy") table.copy(slot, value);
      else if (way === "atomic") failures += table.copyByAtomicLoads(slot, value) ? 0 : 1;
      else if (way === "fenced") failures += table.copyFenced(slot, value) ? 0 : 1;
    }
    ns.push((Bun.nanoseconds() - startNs) / LOOK_UPS);
    if (failures > 0) throw new Error("a slot that nobody writes was found written");
  }
  return median(ns);
}

/** Rows: kind of memory and keys, then ns for each way. Each kind in a process of its own, compiled for it alone. */
export function timeByMemory(): (readonly Cell[])[] {
  return MEMORY_KINDS.flatMap((kind) => {
    const command = [process.execPath, `${import.meta.dir}/programs/look-ups-of.ts`, kind];
    return JSON.parse(Bun.spawnSync(command).stdout.toString()) as (readonly Cell[])[];
  });
}

export function timeInMemory(kind: MemoryKind): (readonly Cell[])[] {
  const memory = memoryOf(kind);
  fillTable(memory, KEYS_MANY);
  const table = new SharedTable(memory, 1, () => true);
  const rows: Cell[][] = [];
  for (const keys of [KEYS_FEW, KEYS_MANY]) {
    const row: Cell[] = [kind, String(keys)];
    for (const way of WAYS) row.push(timeLookUps(table, way, keys));
    rows.push(row);
  }
  return rows;
}

function memoryOf(kind: MemoryKind): ArrayBufferLike {
  if (kind === "ArrayBuffer") return new ArrayBuffer(TABLE_BYTES);
  if (kind === "SharedArrayBuffer") return new SharedArrayBuffer(TABLE_BYTES);
  return mapMemory(createMemory(TABLE_BYTES), TABLE_BYTES)[0]!;
}

/** Rows: keys, then ns for each way while another thread does the same. */
export async function timeBesideRival(): Promise<(readonly Cell[])[]> {
  const memory = new SharedArrayBuffer(TABLE_BYTES);
  fillTable(memory, KEYS_MANY);
  const table = new SharedTable(memory, 1, () => true);
  const rival = new Worker(new URL("programs/rival-thread.ts", import.meta.url));
  const rows: (readonly Cell[])[] = [];
  for (const keys of [1, KEYS_FEW, KEYS_MANY]) {
    const row: Cell[] = [String(keys)];
    for (const way of WAYS) {
      const isRunning = new Promise((resolve) => (rival.onmessage = resolve));
      rival.postMessage({ memory, way, keys } satisfies RivalTurn, []);
      await isRunning;
      const hasEnded = new Promise((resolve) => (rival.onmessage = resolve));
      row.push(timeLookUps(table, way, keys));
      await hasEnded;
    }
    rows.push(row);
  }
  rival.terminate();
  return rows;
}
