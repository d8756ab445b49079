// The L1 engine: a byte-budgeted map from keys to records, cold ones in slabs, hot ones ready in front. Hot.
import { plainAllocator } from "./storage/allocator.ts";
import type { Allocator } from "./storage/allocator.ts";
import type { Slab } from "./storage/slab.ts";
import { GIVE_BACK_BYTES, NONE } from "./bounds.ts";
import { divide } from "./budget.ts";
import type { Budget } from "./budget.ts";
import type { Engine, EngineOptions, EngineStats, Entry, EvictionReason, Place } from "./engine.ts";
import { Foresight } from "./front/foresight.ts";
import type { KeyRow } from "./front/foresight.ts";
import { FrontEntry } from "./front/front-entry.ts";
import { MutablePlace } from "./storage/items.ts";
import { Front } from "./front/front.ts";
import { KeyBytes } from "./storage/key-bytes.ts";
import type { PolicyName } from "./policy/policy.ts";
import { Residents } from "./storage/residents.ts";
import type { Weigher } from "./storage/residents-options.ts";
import { FRONT, READ } from "./storage/slots.ts";
import { hottestKeys, randomLiveKey, walk } from "./front/sample.ts";
import { Sweep } from "./storage/sweep.ts";

export interface L1Options<M> extends EngineOptions<M> {
  /** `adaptive` unless said otherwise. */
  readonly policy?: PolicyName;
  readonly allocator?: Allocator;
  readonly weigher?: Weigher;
}

export function createEngine<M>(options: L1Options<M>): L1<M> {
  return new L1(options);
}

export class L1<M> implements Engine<M> {
  readonly bytesMax: number;
  readonly recordBytesMax: number;
  readonly #options: L1Options<M>;
  readonly #budget: Budget;
  readonly #random: () => number;
  readonly #keys: KeyBytes;
  #residents: Residents;
  #front: Front<M>;
  readonly #foresight = new Foresight();
  readonly #place = new MutablePlace();
  /** Counts `suspect()`s. An entry whose stamp is older has to be asked about. */
  #generation = 0;
  readonly #sweep = new Sweep();
  readonly #evictions: Record<EvictionReason, number> = { capacity: 0, expired: 0, invalidated: 0 };
  readonly #dueOf = (slot: number): number => this.#residents.items.expiresAtMs(slot);
  readonly #expire = (slot: number): void => this.#residents.drop(slot, "expired");

  constructor(options: L1Options<M>) {
    this.#options = options;
    this.#budget = divide(options.bytesMax);
    this.bytesMax = this.#budget.bytesMax;
    this.recordBytesMax = this.#budget.recordBytesMax;
    this.#random = options.random ?? Math.random;
    this.#keys = new KeyBytes(this.#random() * 2 ** 32);
    this.#residents = this.#createResidents();
    this.#front = this.#createFront();
  }

  get(key: string, nowMs: number): Entry<M> | undefined {
    const entry = this.#front.get(key);
    if (entry !== undefined && entry.stamp === this.#generation && nowMs < entry.expiresAtMs) {
      const hits = entry.hits + 1;
      entry.hits = hits;
      const { policy } = this.#residents;
      if (hits <= policy.hitsTold) policy.hit(entry.slot);
      return entry;
    }
    return this.#getCold(key, nowMs);
  }

  seek(bytes: Uint8Array, start: number, end: number, nowMs: number): Place | undefined {
    const residents = this.#residents;
    const { items } = residents;
    let slot = this.#foresight.take(bytes, start);
    if (slot === NONE || !items.isKeyOf(slot, bytes, start, end)) {
      if (!this.#keys.measureBytes(bytes, start, end)) return undefined;
      slot = residents.findBytes(bytes, start, end, this.#keys.hash);
      if (slot === NONE) return undefined;
    }
    if (items.expiresAtMs(slot) <= nowMs || items.stamp(slot) !== this.#generation) {
      if (this.#serve(items.key(slot), slot, nowMs) === undefined) return undefined;
    }
    residents.policy.hit(slot);
    items.locate(slot, this.#place);
    return this.#place;
  }

  placeOf(entry: Entry<M>): Place {
    this.#residents.items.locate((entry as FrontEntry<M>).slot, this.#place);
    return this.#place;
  }

  foresee(bytes: Uint8Array, row: KeyRow): void {
    this.#foresight.look(bytes, row, this.#keys, this.#residents);
  }

  peek(key: string, nowMs: number): Entry<M> | undefined {
    const slot = this.#find(key);
    return slot === NONE ? undefined : this.#serve(key, slot, nowMs);
  }

  isHot(entry: Entry<M>): boolean {
    return entry instanceof FrontEntry && entry.place >= 0;
  }

  keep(entry: Entry<M>, memo: M, memoBytes: number): boolean {
    return entry instanceof FrontEntry && this.#front.keep(entry, memo, memoBytes);
  }

  set(key: string, record: Uint8Array, version: number, expiresAtMs: number, nowMs: number): boolean {
    const keys = this.#keys;
    keys.measure(key);
    if (keys.bytes + record.byteLength > this.recordBytesMax) return false;
    const residents = this.#residents;
    const found = residents.find(key, keys);
    const slot = residents.write(found, key, keys, record, version, expiresAtMs, this.#generation, nowMs);
    const inFront = (residents.slots.flags[slot]! & FRONT) !== 0 ? this.#front.get(key) : undefined;
    if (inFront !== undefined) this.#front.renew(inFront, version, expiresAtMs, this.#generation);
    return true;
  }

  put(
    source: Uint8Array,
    start: number,
    end: number,
    recordBytes: number,
    version: number,
    expiresAtMs: number,
    nowMs: number,
  ): Place | undefined {
    const keys = this.#keys;
    const isWeighed = this.#options.weigher !== undefined;
    if (isWeighed || !keys.measureBytes(source, start, end)) return undefined;
    if (keys.bytes + recordBytes > this.recordBytesMax) return undefined;
    const residents = this.#residents;
    let found = this.#foresight.take(source, start);
    if (found === NONE || !residents.items.isKeyOf(found, source, start, end)) {
      found = residents.findBytes(source, start, end, keys.hash);
    }
    if (found !== NONE && (residents.slots.flags[found]! & FRONT) !== 0) return undefined;
    const stamp = this.#generation;
    const slot = residents.put(
      found,
      source,
      start,
      end,
      keys,
      recordBytes,
      version,
      expiresAtMs,
      stamp,
      nowMs,
    );
    if (slot === NONE) return undefined;
    residents.items.locate(slot, this.#place);
    return this.#place;
  }

  delete(key: string, nowMs: number): boolean {
    const slot = this.#find(key);
    if (slot === NONE) return false;
    const isExpired = this.#residents.items.expiresAtMs(slot) <= nowMs;
    this.#residents.drop(slot, isExpired ? "expired" : undefined);
    return !isExpired;
  }

  clear(): void {
    this.#residents = this.#createResidents(this.#residents.dispose());
    this.#foresight.forget();
    this.#front = this.#createFront();
    this.#sweep.end();
  }

  suspect(): void {
    this.#generation = (this.#generation + 1) >>> 0;
    this.#sweep.begin();
  }

  tick(nowMs: number, steps: number): number {
    const residents = this.#residents;
    residents.giveBack(GIVE_BACK_BYTES);
    const examined = residents.wheel.advance(nowMs, steps, this.#dueOf, this.#expire);
    if (examined >= steps) return examined;
    const serve = (slot: number): unknown => this.#serve(residents.items.key(slot), slot, nowMs);
    return examined + this.#sweep.advance(residents, this.#generation, steps - examined, serve);
  }

  scan(cursor: number, count: number, nowMs: number, visit: (entry: Entry<M>) => void): number {
    const residents = this.#residents;
    const serve = (slot: number) => this.#serve(residents.items.key(slot), slot, nowMs);
    return walk(residents, cursor, count, serve, visit);
  }

  randomKey(nowMs: number): string | undefined {
    const residents = this.#residents;
    return randomLiveKey(residents, this.#random, (slot) =>
      this.#serve(residents.items.key(slot), slot, nowMs),
    );
  }

  hottest(count: number, nowMs: number): string[] {
    const residents = this.#residents;
    return hottestKeys(residents, this.#front.entries(), count, (slot) => {
      return this.#serve(residents.items.key(slot), slot, nowMs) !== undefined;
    });
  }

  stats(): EngineStats {
    return {
      entries: this.#residents.slots.live,
      bytes: this.#residents.chargedBytes + this.#front.bytes,
      bytesMax: this.bytesMax,
      evictions: { ...this.#evictions },
    };
  }

  /** Bytes of memory held, whether used or not; never above `bytesMax` either. */
  get allocatedBytes(): number {
    return this.#residents.allocatedBytes + this.#front.bytes;
  }

  verify(): void {
    this.#residents.verify();
    this.#front.verify(this.#residents);
    if (this.allocatedBytes > this.bytesMax) throw new Error("the budget is exceeded by what is allocated");
    if (this.stats().bytes > this.bytesMax) throw new Error("the budget is exceeded by what is charged");
  }

  #getCold(key: string, nowMs: number): Entry<M> | undefined {
    const slot = this.#find(key);
    if (slot === NONE) return undefined;
    const entry = this.#serve(key, slot, nowMs);
    if (entry === undefined) return undefined;
    this.#residents.policy.hit(slot);
    const { flags } = this.#residents.slots;
    entry.hits++;
    if (entry.place >= 0) return entry;
    if ((flags[slot]! & READ) === 0) flags[slot]! |= READ;
    else if (this.#front.add(entry)) flags[slot]! |= FRONT;
    return entry;
  }

  #find(key: string): number {
    this.#keys.measure(key);
    return this.#residents.find(key, this.#keys);
  }

  /** The entry of a slot if it may be served; what has expired or is no longer valid is dropped. */
  #serve(key: string, slot: number, nowMs: number): FrontEntry<M> | undefined {
    const { slots, items } = this.#residents;
    if (items.expiresAtMs(slot) <= nowMs) {
      this.#residents.drop(slot, "expired");
      return undefined;
    }
    const entry = ((slots.flags[slot]! & FRONT) !== 0 && this.#front.get(key)) || this.#entryOf(key, slot);
    if (items.stamp(slot) === this.#generation) return entry;
    if (!(this.#options.isValid?.(entry) ?? true)) {
      this.#residents.drop(slot, "invalidated");
      return undefined;
    }
    items.setStamp(slot, this.#generation);
    entry.stamp = this.#generation;
    return entry;
  }

  #entryOf(key: string, slot: number): FrontEntry<M> {
    const { items } = this.#residents;
    return new FrontEntry(key, slot, items.version(slot), items.expiresAtMs(slot), items.stamp(slot), items);
  }

  #createResidents(slab?: Slab): Residents {
    return new Residents({
      slab,
      budget: this.#budget,
      allocator: this.#options.allocator ?? plainAllocator,
      policy: this.#options.policy ?? "adaptive",
      random: this.#random,
      weigher: this.#options.weigher,
      leaving: (slot, reason) => {
        if (reason !== undefined) this.#evictions[reason]++;
        const inFront = this.#frontEntryOf(slot);
        if (inFront !== undefined) this.#front.remove(inFront);
      },
    });
  }

  #createFront(): Front<M> {
    return new Front(this.#budget.frontBytesMax, (entry) => {
      this.#residents.slots.flags[entry.slot]! &= ~(FRONT | READ);
    });
  }

  #frontEntryOf(slot: number): FrontEntry<M> | undefined {
    const { slots, items } = this.#residents;
    return (slots.flags[slot]! & FRONT) === 0 ? undefined : this.#front.get(items.key(slot));
  }
}
