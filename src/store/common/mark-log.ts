// The mass invalidations of an instance in the order in which they came, in memory that all its workers map. Warm.
//
// Whoever invalidates holds the log, writes a record, and then begins a new generation of entries. Whoever reads an
// entry of an older generation takes in the records that came since it last looked, and so knows them all.

import type { MassTarget } from "../../coherence/target.ts";
import { LOG_COUNT, LOG_END, LOG_START, MARKS_LOCK, type CommonMemory } from "./common-memory.ts";

export interface MarkRecord {
  /** Counts the records there have been. */
  readonly number: number;
  readonly target: MassTarget;
  readonly n: number;
  readonly owner: string;
  /** The generation that it began. */
  readonly generation: number;
}

/** Bytes before a record's text: its size, its text's, its number, its generation, its sequence number. */
const HEAD_BYTES = 32;
const TEXT = 4;
const NUMBER = 8;
const GENERATION = 16;
const N = 24;
/** In place of a text's size: the ring goes on at its beginning. */
const SKIP = 0xffffffff;
const ALIGNMENT = 8;
const LOCK_TRIES = 2_000;

export interface MarkLogOptions {
  readonly memory: CommonMemory;
  /** The process's number. */
  readonly own: number;
  readonly yieldCore: () => void;
}

export class MarkLog {
  readonly #options: MarkLogOptions;
  readonly #memory: CommonMemory;
  /** Up to where this process has taken records in. */
  #at = 0;

  constructor(options: MarkLogOptions) {
    this.#options = options;
    this.#memory = options.memory;
  }

  /** `false`: another process has had it for too long. */
  lock(): boolean {
    const { own, yieldCore } = this.#options;
    for (let tries = 0; tries < LOCK_TRIES; tries++) {
      if (Atomics.compareExchange(this.#memory.words, MARKS_LOCK, 0, own) === 0) return true;
      yieldCore();
    }
    return false;
  }

  unlock(): void {
    Atomics.compareExchange(this.#memory.words, MARKS_LOCK, this.#options.own, 0);
  }

  /**
   * Writes a record while the log is held, and counts this process as knowing it. Those that `isOver` says nobody needs
   * any more make room. Returns its number; nothing: there is no room.
   */
  append(
    record: Omit<MarkRecord, "number">,
    isOver: (record: Pick<MarkRecord, "generation" | "n">) => boolean,
  ): number | undefined {
    const { numbers, ring, counts } = this.#memory;
    const { target, owner } = record;
    const text = Buffer.from(JSON.stringify({ target, owner }));
    const bytes = Math.ceil((HEAD_BYTES + text.length) / ALIGNMENT) * ALIGNMENT;
    let end = numbers[LOG_END]!;
    const rest = ring.length - (end % ring.length);
    const needed = bytes > rest ? rest + bytes : bytes;
    while (end + needed - numbers[LOG_START]! > ring.length) {
      if (numbers[LOG_START] === end) return undefined;
      const oldest = this.#headAt(numbers[LOG_START]!);
      if (oldest.textBytes !== SKIP && !isOver(oldest)) return undefined;
      numbers[LOG_START]! += oldest.bytes;
    }
    this.#fence();
    if (bytes > rest) {
      this.#writeHead(end, rest, SKIP);
      end += rest;
    }
    const number = numbers[LOG_COUNT]! + 1;
    const at = this.#writeHead(end, bytes, text.length);
    ring.writeDoubleLE(number, at + NUMBER);
    ring.writeDoubleLE(record.generation, at + GENERATION);
    ring.writeDoubleLE(record.n, at + N);
    text.copy(ring, at + HEAD_BYTES);
    counts[number & (counts.length - 1)] = 0;
    numbers[LOG_COUNT] = number;
    this.#fence();
    numbers[LOG_END] = end + bytes;
    this.#at = end + bytes;
    return number;
  }

  /** Calls `visit` with each record that this process has not taken in yet. */
  take(visit: (record: MarkRecord) => void): void {
    const { numbers } = this.#memory;
    for (;;) {
      const start = numbers[LOG_START]!;
      if (this.#at < start) this.#at = start;
      if (this.#at >= numbers[LOG_END]!) return;
      const head = this.#headAt(this.#at);
      const record = head.textBytes === SKIP ? undefined : this.#recordAt(this.#at, head);
      this.#fence();
      // What made room for others meanwhile is needed by nobody.
      if (this.#at < numbers[LOG_START]!) continue;
      this.#at += head.bytes;
      if (record !== undefined) visit(record);
    }
  }

  get isBehind(): boolean {
    return this.#at < this.#memory.numbers[LOG_END]!;
  }

  /** An entry was removed for the record with this number. */
  count(number: number): void {
    const { counts } = this.#memory;
    Atomics.add(counts, number & (counts.length - 1), 1);
  }

  removed(number: number): number {
    const { counts } = this.#memory;
    return counts[number & (counts.length - 1)]!;
  }

  /** Keeps loads and stores before it apart from those after it. */
  #fence(): void {
    Atomics.add(this.#memory.words, MARKS_LOCK, 0);
  }

  #writeHead(position: number, bytes: number, textBytes: number): number {
    const { ring } = this.#memory;
    const at = position % ring.length;
    ring.writeUInt32LE(bytes, at);
    ring.writeUInt32LE(textBytes, at + TEXT);
    return at;
  }

  #headAt(position: number): { bytes: number; textBytes: number; n: number; generation: number } {
    const { ring } = this.#memory;
    const at = position % ring.length;
    const [bytes, textBytes] = [ring.readUInt32LE(at), ring.readUInt32LE(at + TEXT)];
    if (textBytes === SKIP) return { bytes, textBytes, n: 0, generation: 0 };
    return { bytes, textBytes, n: ring.readDoubleLE(at + N), generation: ring.readDoubleLE(at + GENERATION) };
  }

  /** Nothing: what is there is being written over. */
  #recordAt(
    position: number,
    { textBytes, n, generation }: { textBytes: number; n: number; generation: number },
  ): MarkRecord | undefined {
    const { ring } = this.#memory;
    const at = position % ring.length;
    const number = ring.readDoubleLE(at + NUMBER);
    const text = ring.toString("utf8", at + HEAD_BYTES, at + HEAD_BYTES + textBytes);
    this.#fence();
    if (position < this.#memory.numbers[LOG_START]!) return undefined;
    const { target, owner } = JSON.parse(text) as Pick<MarkRecord, "target" | "owner">;
    return { number, target, n, owner, generation };
  }
}
