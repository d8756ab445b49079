// The entries of an L2 in memory, bounded in bytes: beyond them, those written or read longest ago go. Pure.

import type { Version } from "../record/version.ts";

/** Bytes that an entry costs beyond its key and record. */
const ENTRY_BYTES = 300;

export interface MemoryEntry extends Version {
  /** L2's wall clock, ms; `Infinity` for never. */
  readonly expiresAtMs: number;
  /** Until when it is kept for those who wait while another fills it. */
  readonly keptUntilMs: number;
  readonly record: Uint8Array;
}

export class MemoryTable {
  /** The youngest are last. */
  readonly #entries: Map<string, MemoryEntry>;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number, entries: Iterable<readonly [string, MemoryEntry]> = []) {
    this.#bytesMax = bytesMax;
    this.#entries = new Map(entries);
    for (const [key, entry] of this.#entries) this.#bytes += bytesOf(key, entry);
  }

  get(key: string): MemoryEntry | undefined {
    return this.#entries.get(key);
  }

  /** Makes an entry the youngest. */
  touch(key: string, entry: MemoryEntry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  put(key: string, entry: MemoryEntry): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(key, entry);
  }

  /** Goes over all entries; those that come meanwhile may be among them. */
  entries(): MapIterator<[string, MemoryEntry]> {
    return this.#entries.entries();
  }

  copy(): MemoryTable {
    return new MemoryTable(this.#bytesMax, this.#entries);
  }
}

function bytesOf(key: string, entry: MemoryEntry): number {
  return key.length * 2 + entry.record.length + ENTRY_BYTES;
}
