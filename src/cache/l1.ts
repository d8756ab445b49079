// The L1 engine: a byte-budgeted map from keys to records, cold ones in slabs, hot ones ready in front. Hot.
import { NONE } from "./bounds.ts";
import { divide, type Budget } from "./budget.ts";
import type { Engine, EngineStats, Entry, PutRequest, RecordSpan } from "./engine.ts";
import { Departures, type EvictionReason } from "./departures.ts";
import type { L1Options } from "./l1-options.ts";
import { Prefetch } from "./front/prefetch.ts";
import type { KeyRow } from "./key-row.ts";
import { FrontEntry } from "./front/front-entry.ts";
import { EntryWrite } from "./storage/entry-write.ts";
import { MutableRecordSpan } from "./storage/items.ts";
import { Front } from "./front/front.ts";
import { heapStorage } from "./storage/heap-storage.ts";
import { KeyBytes } from "./storage/key-bytes.ts";
import { POLICIES } from "./policy/policies.ts";
import type { EntryStorage } from "./storage/entry-storage.ts";
import { FRONT, READ } from "./storage/slots.ts";
import { hottestKeys, randomLiveKey, walk } from "./front/sample.ts";
import { Sweep } from "./storage/sweep.ts";

export function createEngine<M>(options: L1Options<M>): L1<M> {
  return new L1(options);
}

export class L1<M> implements Engine<M> {
  readonly departures = new Departures();
  readonly bytesMax: number;
  readonly recordBytesMax: number;
  readonly #options: L1Options<M>;
  readonly #budget: Budget;
  readonly #random: () => number;
  readonly #keys: KeyBytes;
  readonly #storage: EntryStorage;
  #front: Front<M>;
  readonly #prefetched = new Prefetch();
  readonly #span = new MutableRecordSpan();
  /** Filled anew for each write. */
  readonly #write = new EntryWrite();
  /** Counts `revalidate()`s. An entry whose stamp is older has to be asked about. */
  #generation = 0;
  readonly #sweep = new Sweep();
  readonly #evictions: Record<EvictionReason, number> = { capacity: 0, expired: 0, invalidated: 0 };

  constructor(options: L1Options<M>) {
    this.#options = options;
    this.#budget = divide(options.bytesMax);
    this.bytesMax = this.#budget.bytesMax;
    this.recordBytesMax = this.#budget.recordBytesMax;
    this.#random = options.random ?? Math.random;
    this.#keys = new KeyBytes(this.#random() * 2 ** 32);
    this.#storage = this.#createStorage();
    this.#front = this.#createFront();
  }

  get(key: string, nowMs: number): Entry<M> | undefined {
    const entry = this.#front.get(key);
    if (entry !== undefined && entry.stamp === this.#generation && nowMs < entry.expiresAtMs) {
      const hits = entry.hits + 1;
      entry.hits = hits;
      const { policy } = this.#storage;
      if (hits <= policy.hitsTold) policy.hit(entry.slot);
      return entry;
    }
    return this.#getCold(key, nowMs);
  }

  seek(bytes: Uint8Array, start: number, end: number, nowMs: number): RecordSpan | undefined {
    const storage = this.#storage;
    const { items } = storage;
    let slot = this.#prefetched.take(bytes, start);
    if (slot === NONE || !items.isKeyOf(slot, bytes, start, end)) {
      if (!this.#keys.measureBytes(bytes, start, end)) return undefined;
      slot = storage.findBytes(bytes, start, end, this.#keys.hash);
      if (slot === NONE) return undefined;
    }
    if (items.expiresAtMs(slot) <= nowMs || items.stamp(slot) !== this.#generation) {
      if (this.#serve(items.key(slot), slot, nowMs) === undefined) return undefined;
    }
    storage.policy.hit(slot);
    items.locate(slot, this.#span);
    return this.#span;
  }

  spanOf(entry: Entry<M>): RecordSpan {
    this.#storage.items.locate((entry as FrontEntry<M>).slot, this.#span);
    return this.#span;
  }

  prefetch(bytes: Uint8Array, row: KeyRow): void {
    this.#prefetched.look(bytes, row, this.#keys, this.#storage);
  }

  peek(key: string, nowMs: number): Entry<M> | undefined {
    const slot = this.#find(key);
    return slot === NONE ? undefined : this.#serve(key, slot, nowMs);
  }

  isHot(entry: Entry<M>): boolean {
    return entry instanceof FrontEntry && entry.ringIndex >= 0;
  }

  keep(entry: Entry<M>, memo: M, memoBytes: number): boolean {
    return entry instanceof FrontEntry && this.#front.keep(entry, memo, memoBytes);
  }

  set(key: string, record: Uint8Array, version: number, expiresAtMs: number, nowMs: number): boolean {
    this.#keys.measure(key);
    if (this.#keys.bytes + record.byteLength > this.recordBytesMax) return false;
    const storage = this.#storage;
    const write = this.#write;
    write.found = storage.find(key);
    write.version = version;
    write.expiresAtMs = expiresAtMs;
    write.traits = this.#options.traitsOf?.(record) ?? 0;
    write.stamp = this.#generation;
    write.nowMs = nowMs;
    const slot = storage.write(write, key, record);
    const inFront = (storage.slots.flags[slot]! & FRONT) !== 0 ? this.#front.get(key) : undefined;
    if (inFront !== undefined) this.#front.renew(inFront, version, expiresAtMs, this.#generation);
    return true;
  }

  put(request: PutRequest, nowMs: number): RecordSpan | undefined {
    const { source, keyStart: start, keyEnd: end, recordBytes } = request;
    const keys = this.#keys;
    if (!keys.measureBytes(source, start, end)) return undefined;
    if (keys.bytes + recordBytes > this.recordBytesMax) return undefined;
    const storage = this.#storage;
    let found = this.#prefetched.take(source, start);
    if (found === NONE || !storage.items.isKeyOf(found, source, start, end)) {
      found = storage.findBytes(source, start, end, keys.hash);
    }
    if (found !== NONE && (storage.slots.flags[found]! & FRONT) !== 0) return undefined;
    const write = this.#write;
    write.found = found;
    write.recordBytes = recordBytes;
    request.version = request.nextVersion();
    if (request.version === 0) return undefined;
    write.version = request.version;
    write.expiresAtMs = request.expiresAtMs;
    write.traits = 0;
    write.stamp = this.#generation;
    write.nowMs = nowMs;
    const slot = storage.put(write, source, start, end);
    if (slot === NONE) return undefined;
    storage.items.locate(slot, this.#span);
    return this.#span;
  }

  hold(): boolean {
    return true;
  }

  /** Nobody else writes at any time. */
  letGo(): void {}

  readonly holdAll = (): boolean => true;

  commit(): void {}

  prepare(recordBytes: number, steps: number): boolean {
    return recordBytes > this.recordBytesMax || this.#storage.prepare(recordBytes, steps);
  }

  delete(key: string, nowMs: number): boolean {
    const slot = this.#find(key);
    if (slot === NONE) return false;
    const isExpired = this.#storage.items.expiresAtMs(slot) <= nowMs;
    this.#storage.drop(slot, isExpired ? "expired" : undefined);
    return !isExpired;
  }

  clear(): void {
    this.#storage.clear();
    this.#prefetched.forget();
    this.#front = this.#createFront();
    this.#sweep.end(this.#generation);
  }

  revalidate(): number {
    this.#generation = (this.#generation + 1) >>> 0;
    this.#sweep.begin(this.#generation);
    return this.#generation;
  }

  get newestGeneration(): number {
    return this.#generation;
  }

  get checkedGeneration(): number {
    return this.#sweep.checked;
  }

  tick(nowMs: number, steps: number): number {
    const [storage, generation] = [this.#storage, this.#generation];
    const { suspectsSince } = this.#options;
    const serve = (slot: number) => this.#serveSlot(slot, nowMs);
    return this.#sweep.tick({ storage, generation, suspectsSince, serve }, nowMs, steps);
  }

  scan(cursor: number, count: number, nowMs: number, visit: (entry: Entry<M>) => void): number {
    return walk(this.#storage, cursor, count, (slot) => this.#serveSlot(slot, nowMs), visit);
  }

  randomKey(nowMs: number): string | undefined {
    return randomLiveKey(this.#storage, this.#random, (slot) => this.#serveSlot(slot, nowMs));
  }

  hottest(count: number, nowMs: number): string[] {
    const isLive = (slot: number) => this.#serveSlot(slot, nowMs) !== undefined;
    return hottestKeys(this.#storage, this.#front.entries(), count, isLive);
  }

  stats(): EngineStats {
    return {
      entries: this.#storage.slots.live,
      bytes: this.#storage.chargedBytes + this.#front.bytes,
      bytesMax: this.bytesMax,
      evictions: { ...this.#evictions },
    };
  }

  /** Bytes of memory held, whether used or not; never above `bytesMax` either. */
  get allocatedBytes(): number {
    return this.#storage.allocatedBytes + this.#front.bytes;
  }

  verify(): void {
    this.#storage.verify();
    this.#front.verify(this.#storage);
    if (this.allocatedBytes > this.bytesMax) throw new Error("the budget is exceeded by what is allocated");
    if (this.stats().bytes > this.bytesMax) throw new Error("the budget is exceeded by what is charged");
  }

  #getCold(key: string, nowMs: number): Entry<M> | undefined {
    const slot = this.#find(key);
    if (slot === NONE) return undefined;
    const entry = this.#serve(key, slot, nowMs);
    if (entry === undefined) return undefined;
    this.#storage.policy.hit(slot);
    const { flags } = this.#storage.slots;
    entry.hits++;
    if (entry.ringIndex >= 0) return entry;
    if ((flags[slot]! & READ) === 0) flags[slot]! |= READ;
    else if (this.#front.add(entry)) flags[slot]! |= FRONT;
    return entry;
  }

  #find(key: string): number {
    this.#keys.measure(key);
    return this.#storage.find(key);
  }

  /** The entry of a slot if it may be served; what has expired or is no longer valid is dropped. */
  #serve(key: string, slot: number, nowMs: number): FrontEntry<M> | undefined {
    const { slots, items } = this.#storage;
    if (items.expiresAtMs(slot) <= nowMs) {
      this.#storage.drop(slot, "expired");
      return undefined;
    }
    const entry = ((slots.flags[slot]! & FRONT) !== 0 && this.#front.get(key)) || this.#entryOf(key, slot);
    const stamp = items.stamp(slot);
    if (stamp === this.#generation) return entry;
    if (!(this.#options.isValid?.(entry, stamp) ?? true)) {
      this.#storage.drop(slot, "invalidated");
      return undefined;
    }
    items.setStamp(slot, this.#generation);
    entry.stamp = this.#generation;
    return entry;
  }

  #serveSlot(slot: number, nowMs: number): FrontEntry<M> | undefined {
    return this.#serve(this.#storage.items.key(slot), slot, nowMs);
  }

  #entryOf(key: string, slot: number): FrontEntry<M> {
    const { items } = this.#storage;
    return new FrontEntry(key, slot, items.version(slot), items.expiresAtMs(slot), items.stamp(slot), items);
  }

  #createStorage(): EntryStorage {
    const { allocator, policy = "adaptive" } = this.#options;
    const leaving = (slot: number, reason: EvictionReason | undefined) => {
      const { slots, items } = this.#storage;
      if (reason !== undefined) this.#evictions[reason]++;
      if (reason !== undefined) this.departures.tell?.(items.key(slot), reason);
      if ((slots.flags[slot]! & FRONT) !== 0) this.#front.remove(this.#front.get(items.key(slot))!);
    };
    return heapStorage(this.#budget, this.#keys, allocator, POLICIES[policy], this.#random, leaving);
  }

  #createFront(): Front<M> {
    return new Front(this.#budget.frontBytesMax, (entry) => {
      this.#storage.slots.flags[entry.slot]! &= ~(FRONT | READ);
    });
  }
}
