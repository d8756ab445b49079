// The smallest engine that keeps the interface's promises: a Map without a budget. For simulations and contract tests.

import { Departures } from "../../src/cache/departures.ts";
import type { Engine, EngineOptions, Entry, RecordSpan } from "../../src/cache/engine.ts";

interface Slot<M> extends Entry<M> {
  memo: M | undefined;
  checkedFor: number;
}

export class MapEngine<M> implements Engine<M> {
  readonly bytesMax = 2 ** 40;
  readonly recordBytesMax = 2 ** 32;
  readonly #isValid: EngineOptions<M>["isValid"];
  #prepared = 0;
  readonly #slots = new Map<string, Slot<M>>();
  readonly #evictions = { capacity: 0, expired: 0, invalidated: 0 };
  #suspicion = 0;
  #checked = 0;

  constructor(isValid?: EngineOptions<M>["isValid"]) {
    this.#isValid = isValid;
  }

  get(key: string, nowMs: number): Entry<M> | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    const reason = this.#fault(slot, nowMs);
    if (reason === undefined) return slot;
    this.#slots.delete(key);
    this.#evictions[reason] += 1;
    return undefined;
  }

  seek(bytes: Uint8Array, start: number, end: number, nowMs: number): RecordSpan | undefined {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    if (key.some((byte) => byte > 127)) return undefined;
    const record = this.get(key.toString("latin1"), nowMs)?.record;
    return record === undefined ? undefined : { bytes: Buffer.from(record), start: 0, end: record.length };
  }

  spanOf({ record }: Entry<M>): RecordSpan {
    return { bytes: Buffer.from(record), start: 0, end: record.length };
  }

  prefetch(): void {}

  peek(key: string, nowMs: number): Entry<M> | undefined {
    return this.get(key, nowMs);
  }

  isHot(): boolean {
    return true;
  }

  keep(): boolean {
    return false;
  }

  set(key: string, record: Uint8Array, version: number, expiresAtMs: number): boolean {
    const checkedFor = this.#suspicion;
    this.#slots.set(key, { key, record: record.slice(), version, expiresAtMs, memo: undefined, checkedFor });
    return true;
  }

  put(): undefined {}

  commit(): void {}

  hold(): boolean {
    return true;
  }

  letGo(): void {}

  readonly departures = new Departures();

  holdAll(): boolean {
    return true;
  }

  /** Now and then there is no room yet, as for a large record. */
  prepare(): boolean {
    this.#prepared += 1;
    return this.#prepared % 4 !== 0;
  }

  delete(key: string, nowMs: number): boolean {
    const wasThere = this.get(key, nowMs) !== undefined;
    this.#slots.delete(key);
    return wasThere;
  }

  clear(): void {
    this.#slots.clear();
  }

  revalidate(): number {
    this.#suspicion += 1;
    return this.#suspicion;
  }

  get newestGeneration(): number {
    return this.#suspicion;
  }

  get checkedGeneration(): number {
    return this.#checked;
  }

  tick(nowMs: number): number {
    for (const key of this.#slots.keys()) this.get(key, nowMs);
    this.#checked = this.#suspicion;
    return 0;
  }

  scan(_cursor: number, _count: number, nowMs: number, visit: (entry: Entry<M>) => void): number {
    for (const key of this.#slots.keys()) {
      const entry = this.get(key, nowMs);
      if (entry !== undefined) visit(entry);
    }
    return 0;
  }

  randomKey(): string | undefined {
    return this.#slots.keys().next().value;
  }

  hottest(count: number): string[] {
    return [...this.#slots.keys()].slice(0, count);
  }

  stats() {
    const { bytesMax } = this;
    return { entries: this.#slots.size, bytes: 0, bytesMax, evictions: { ...this.#evictions } };
  }

  verify(): void {}

  #fault(slot: Slot<M>, nowMs: number): "expired" | "invalidated" | undefined {
    if (slot.expiresAtMs <= nowMs) return "expired";
    if (slot.checkedFor === this.#suspicion) return undefined;
    const generation = slot.checkedFor;
    slot.checkedFor = this.#suspicion;
    return this.#isValid === undefined || this.#isValid(slot, generation) ? undefined : "invalidated";
  }
}
