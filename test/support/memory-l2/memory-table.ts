// The entries of an L2 in memory, bounded in bytes: beyond them, those written or read longest ago go. Pure.
//
// Besides, every entry has a slot, a small number that is its own for as long as it is there. A walk goes by slots, so
// that it can be taken up again from a number alone, by anybody, and an entry present throughout is met.

import type { Version } from "../../../src/record/version.ts";

/** Bytes that an entry costs beyond its key and record. */
const ENTRY_BYTES = 300;

export interface MemoryEntry extends Version {
  /** L2's wall clock, ms; `Infinity` for never. */
  readonly expiresAtMs: number;
  /** Until when it is kept for those who wait while another fills it. */
  readonly keptUntilMs: number;
  readonly record: Uint8Array;
}

interface Row {
  readonly key: string;
  entry: MemoryEntry;
  readonly slot: number;
}

export class MemoryTable {
  /** The youngest are last. */
  readonly #rows = new Map<string, Row>();
  readonly #slots: (Row | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): MemoryEntry | undefined {
    return this.#rows.get(key)?.entry;
  }

  /** Makes an entry the youngest. */
  touch(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#rows.set(key, row);
  }

  put(key: string, entry: MemoryEntry): void {
    const present = this.#rows.get(key);
    if (present === undefined) {
      const row = { key, entry, slot: this.#freeSlots.pop() ?? this.#slots.length };
      this.#slots[row.slot] = row;
      this.#rows.set(key, row);
    } else {
      this.#bytes -= bytesOf(key, present.entry);
      present.entry = entry;
      this.touch(key);
    }
    this.#bytes += bytesOf(key, entry);
    for (const oldest of this.#rows.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#bytes -= bytesOf(key, row.entry);
    this.#slots[row.slot] = undefined;
    this.#freeSlots.push(row.slot);
  }

  /** Visits the entries of `count` slots from `slot` on; the slot to go on from, or 0 at the end. */
  walk(slot: number, count: number, visit: (key: string, entry: MemoryEntry) => void): number {
    const end = Math.min(slot + count, this.#slots.length);
    for (let at = slot; at < end; at++) {
      const row = this.#slots[at];
      if (row !== undefined) visit(row.key, row.entry);
    }
    return end < this.#slots.length ? end : 0;
  }

  copy(): MemoryTable {
    const copy = new MemoryTable(this.#bytesMax);
    for (const { key, entry } of this.#rows.values()) copy.put(key, entry);
    return copy;
  }
}

function bytesOf(key: string, entry: MemoryEntry): number {
  return key.length * 2 + entry.record.length + ENTRY_BYTES;
}

/** The slot that a cursor names; a cursor that was never given begins the walk. */
export function slotOf(cursor: string): number {
  const slot = Number(cursor);
  return Number.isSafeInteger(slot) && slot >= 0 ? slot : 0;
}
