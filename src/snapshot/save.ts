// Writes the entries of an engine into a snapshot, the hottest first, in slices between which everything else goes on. Cold.

import { SNAPSHOT_HOT_MAX, SNAPSHOT_PIECE_BYTES, SNAPSHOT_STEPS } from "../base/limits/snapshots.ts";
import type { Engine } from "../cache/engine.ts";
import type { SnapshotWriter } from "./snapshot-writer.ts";

/** When the event loop is to be given back, and for how long. */
export interface Pace {
  readonly isOver: boolean;
  next(): Promise<void>;
}

/** Attempts to copy a large record that is written anew meanwhile. */
const ATTEMPTS_MAX = 3;

/**
 * Adds all entries, or as many as are added before `isLate` says so. Entries that are written meanwhile are as they were
 * at some moment of it.
 */
export async function saveEntries(
  engine: Engine<unknown>,
  writer: SnapshotWriter,
  nowMs: () => number,
  pace: Pace,
  isLate: () => boolean,
): Promise<void> {
  const saving = new Saving(engine, writer, nowMs, pace);
  const hot = new Set(engine.hottest(SNAPSHOT_HOT_MAX, nowMs()));
  for (const key of hot) {
    if (isLate()) return;
    await saving.addLater(key);
  }
  let cursor = 0;
  do {
    if (isLate()) return;
    cursor = await saving.addSome(cursor, hot);
  } while (cursor !== 0);
}

class Saving {
  readonly #engine: Engine<unknown>;
  readonly #writer: SnapshotWriter;
  readonly #nowMs: () => number;
  readonly #pace: Pace;

  constructor(engine: Engine<unknown>, writer: SnapshotWriter, nowMs: () => number, pace: Pace) {
    this.#engine = engine;
    this.#writer = writer;
    this.#nowMs = nowMs;
    this.#pace = pace;
  }

  /** The entries of a few steps from `cursor` on, without those that are `done`; where to go on. */
  async addSome(cursor: number, done: ReadonlySet<string>): Promise<number> {
    const later: string[] = [];
    let bytes = 0;
    const next = this.#engine.scan(cursor, SNAPSHOT_STEPS, this.#nowMs(), ({ key, record }) => {
      if (done.has(key)) return;
      bytes += record.length;
      if (bytes > SNAPSHOT_PIECE_BYTES) later.push(key);
      else this.#writer.add(key, record);
    });
    await this.#rest();
    for (const key of later) await this.addLater(key);
    return next;
  }

  /** One entry, if it is still there; a large one in pieces. */
  async addLater(key: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const entry = this.#engine.peek(key, this.#nowMs());
      if (entry === undefined) return;
      if (entry.record.length <= SNAPSHOT_PIECE_BYTES) {
        this.#writer.add(key, entry.record);
        return this.#rest();
      }
      const copy = await this.#copyOf(key, entry.version, entry.record.length);
      if (copy === undefined) continue;
      return this.#writer.addLarge(key, copy, () => this.#rest());
    }
  }

  /** The record of `key`, unless it is written anew meanwhile. */
  async #copyOf(key: string, version: number, bytes: number): Promise<Uint8Array | undefined> {
    const copy = Buffer.allocUnsafeSlow(bytes);
    for (let at = 0; at < bytes; at += SNAPSHOT_PIECE_BYTES) {
      const entry = this.#engine.peek(key, this.#nowMs());
      if (entry?.version !== version || entry.record.length !== bytes) return undefined;
      copy.set(entry.record.subarray(at, Math.min(bytes, at + SNAPSHOT_PIECE_BYTES)), at);
      await this.#rest();
    }
    return copy;
  }

  async #rest(): Promise<void> {
    if (this.#writer.isFull) await this.#writer.flush();
    if (this.#pace.isOver) await this.#pace.next();
  }
}
