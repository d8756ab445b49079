// What is resident: slots, index, items, expiry and eviction held together under the byte budget. Hot.
import { NONE, NOWHERE, SLAB_CHARGE } from "../bounds.ts";
import type { EvictionReason } from "../departures.ts";
import type { EntryWrite } from "./entry-write.ts";
import { IndexTable } from "./index-table.ts";
import { Items } from "./items.ts";
import type { KeyBytes } from "./key-bytes.ts";
import { RecordLog } from "./record-log.ts";
import type { RecordLogOwner } from "./record-log.ts";
import type { Policy } from "../policy/policy.ts";
import type { EntryStorageOptions } from "./entry-storage-options.ts";
import { largeCharge } from "../memory/slab.ts";
import type { Slab } from "../memory/slab.ts";
import { Slots } from "./slots.ts";
import type { StateWords } from "../memory/state-words.ts";
import { Wheel } from "./wheel.ts";

export class EntryStorage implements RecordLogOwner {
  readonly slots: Slots;
  readonly items: Items;
  readonly policy: Policy;
  readonly wheel: Wheel;
  /** Bytes charged for all resident entries. */
  chargedBytes = 0;
  readonly #options: EntryStorageOptions;
  readonly #bodyBytesMax: number;
  readonly #keys: KeyBytes;
  readonly index: IndexTable;
  readonly #slab: Slab;
  readonly #log: RecordLog;
  /** The policy's bytes with so many slots: the same until an eviction, below 0 after one. */
  #policyBytes = -1;
  #policyHigh = 0;
  /** The slot that is being rewritten. If the policy chooses it, it only leaves the policy. */
  #pinned = NONE;
  #isPinnedEvicted = false;

  constructor(options: EntryStorageOptions) {
    const { budget, arena } = options;
    this.#options = options;
    this.#bodyBytesMax = budget.bodyBytesMax;
    this.#keys = options.keys;
    this.slots = new Slots(budget.slotsMax, arena, options.isShared);
    this.index = new IndexTable(this.slots, arena);
    this.#slab = options.slab;
    this.items = new Items(this.slots, this.#slab);
    this.#log = new RecordLog(this.slots, this.#slab, this.items, this);
    this.wheel = new Wheel(this.slots, arena);
    this.policy = options.createPolicy({ slots: this.slots, arena, random: options.random });
    if (!options.isShared) this.clear();
  }

  /** Hands over what it keeps besides arrays. */
  transfer(state: StateWords): void {
    this.chargedBytes = state.number(this.chargedBytes);
    this.slots.transfer(state);
    this.index.transfer(state);
    this.#slab.transfer(state);
    this.#log.transfer(state);
    this.wheel.transfer(state);
    this.policy.transfer(state);
    if (!state.isSaving) this.#policyBytes = -1;
  }

  /** The slot of `key`, which was measured last, or NONE. */
  find(key: string): number {
    const { hash, next } = this.slots;
    const keys = this.#keys;
    const wanted = keys.hash;
    for (let slot = this.index.first(wanted); slot !== NONE; slot = next[slot]!) {
      if (hash[slot] === wanted && this.items.isKey(slot, key, keys)) return slot;
    }
    return NONE;
  }

  /** The slot of the key in ASCII from `start` to `end` of `source`, whose hash is `wanted`, or NONE. */
  findBytes(source: Uint8Array, start: number, end: number, wanted: number): number {
    const { hash, next } = this.slots;
    for (let slot = this.index.first(wanted); slot !== NONE; slot = next[slot]!) {
      if (hash[slot] === wanted && this.items.isKeyOf(slot, source, start, end)) return slot;
    }
    return NONE;
  }

  /** A slot whose key has the hash `wanted`, or NONE. */
  guess(wanted: number): number {
    const { hash, next } = this.slots;
    let slot = this.index.first(wanted);
    while (slot !== NONE && hash[slot] !== wanted) slot = next[slot]!;
    return slot;
  }

  /** Stores `record` under the key that was measured last, in `write.found` or a new slot; returns the slot. */
  write(write: EntryWrite, key: string, record: Uint8Array): number {
    const own = this.#ownCopy(record);
    write.recordBytes = own.byteLength;
    const slot = this.#allocate(write);
    this.items.writeKeyAndRecord(slot, key, this.#keys, own);
    this.slots.settle(slot);
    this.#log.trim();
    return slot;
  }

  /**
   * As `write`, for the key in ASCII from `start` to `end` of `source` and a record of `write.recordBytes` that is
   * still to be written; the slot is to be settled then. NONE: there was no room after all.
   */
  put(write: EntryWrite, source: Uint8Array, start: number, end: number): number {
    const slot = this.#allocate(write);
    this.items.writeKeyOf(slot, source, start, end);
    this.#log.trim();
    return this.slots.position[slot] === NOWHERE ? NONE : slot;
  }

  #allocate(write: EntryWrite): number {
    const { slots, items, policy } = this;
    const keys = this.#keys;
    const { found, expiresAtMs } = write;
    const size = items.sizeOf(keys.bytes, write.recordBytes);
    const charge = this.#charge(size);
    const slot = found === NONE ? this.#take(keys.hash) : this.#empty(found);
    this.#pinned = slot;
    this.#makeRoom(charge);
    this.#log.append(slot, size);
    items.writeHeader(slot, keys, write);
    // A page of zeros that is only read takes no memory.
    if (slots.traits[slot] !== write.traits) slots.traits[slot] = write.traits;
    if (found === NONE) this.index.add(slot);
    if (Number.isFinite(expiresAtMs)) this.wheel.add(slot, expiresAtMs, write.nowMs);
    this.chargedBytes += charge;
    const isNew = found === NONE || this.#isPinnedEvicted;
    if (!isNew) policy.reweigh(slot, charge);
    slots.weight[slot] = charge;
    if (isNew) policy.add(slot);
    this.#isPinnedEvicted = false;
    this.#pinned = NONE;
    return slot;
  }

  /** Removes a slot that the policy still has. */
  drop(slot: number, reason: EvictionReason | undefined): void {
    this.policy.remove(slot);
    this.#leave(slot, reason);
  }

  evictOne(): boolean {
    const slot = this.policy.evict();
    this.#policyBytes = -1;
    if (slot === NONE) return false;
    if (slot === this.#pinned) {
      this.#isPinnedEvicted = true;
      this.slots.uses[slot] = 0;
    } else {
      this.#leave(slot, "capacity");
    }
    return true;
  }

  evictSlot(slot: number): void {
    this.drop(slot, "capacity");
  }

  segmentRoomBytes(): number {
    const { budget } = this.#options;
    const columns = this.slots.touched * this.slots.bytesEach;
    return budget.bytesMax - budget.frontBytesMax - columns - this.#bytesOfPolicy() - this.#slab.largeBytes;
  }

  /** Bytes of memory held for entries, used or not. */
  get allocatedBytes(): number {
    return (
      this.#slab.allocatedBytes +
      this.#slab.largeBytes +
      this.slots.touched * this.slots.bytesEach +
      this.policy.bytes
    );
  }

  /** Drops all entries at once: costs by the segments in use, whatever they hold. */
  clear(): void {
    this.#slab.clear();
    this.#log.clear();
    this.index.clear();
    this.wheel.clear();
    this.slots.clear();
    this.policy.clear();
    this.chargedBytes = 0;
    this.#policyBytes = -1;
  }

  /** Gives memory back to the system that `clear` has left over, about `bytes` of it. */
  giveBack(bytes: number): void {
    if (this.#slab.giveBack(bytes) > 0 || this.slots.touched === this.slots.high) return;
    const from = this.slots.releasable(bytes);
    if (from < this.slots.touched && this.index.release(from, this.slots.touched)) this.slots.release(from);
  }

  verify(): void {
    const { slots, items } = this;
    slots.verify();
    this.index.verify();
    this.#log.verify();
    this.policy.verify();
    let charged = 0;
    let weight = 0;
    let expiring = 0;
    for (let slot = 0; slot < slots.high; slot++) {
      if (!slots.isLive(slot)) continue;
      charged += this.#charge(items.size(slot));
      weight += slots.weight[slot]!;
      if (Number.isFinite(items.expiresAtMs(slot))) expiring++;
    }
    if (charged !== this.chargedBytes) throw new Error(`${this.chargedBytes} bytes charged, not ${charged}`);
    if (weight !== this.chargedBytes) throw new Error(`weight ${weight}, not ${this.chargedBytes}`);
    if (this.wheel.verify() !== expiring)
      throw new Error(`not all ${expiring} expiring slots are in the wheel`);
    const { budget } = this.#options;
    if (this.allocatedBytes > budget.bytesMax - budget.frontBytesMax)
      throw new Error("too much is allocated");
  }

  #charge(size: number): number {
    return (
      this.slots.bytesEach + (this.#log.isLarge(size) ? largeCharge(size) : Math.ceil(size * SLAB_CHARGE))
    );
  }

  #take(hash: number): number {
    let slot = this.slots.take();
    while (slot === NONE) {
      this.evictOne();
      slot = this.slots.take();
    }
    this.slots.unsettle(slot);
    this.slots.hash[slot] = hash;
    return slot;
  }

  /** Takes the old record out of a slot that gets a new one. */
  #empty(slot: number): number {
    const { slots, policy } = this;
    policy.hit(slot);
    slots.unsettle(slot);
    this.#release(slot);
    policy.reweigh(slot, 0);
    slots.weight[slot] = 0;
    return slot;
  }

  #leave(slot: number, reason: EvictionReason | undefined): void {
    this.#options.leaving(slot, reason);
    this.slots.unsettle(slot);
    this.index.remove(slot);
    this.#release(slot);
    this.slots.give(slot);
    this.slots.settle(slot);
  }

  #release(slot: number): void {
    const { slots, items } = this;
    if (Number.isFinite(items.expiresAtMs(slot))) this.wheel.remove(slot);
    this.chargedBytes -= this.#charge(items.size(slot));
    this.#log.free(slot);
    slots.position[slot] = NOWHERE;
  }

  /** Makes room for a large record in up to about `steps` evictions; `true`: there is room, or the record is not large. */
  prepare(recordBytes: number, steps: number): boolean {
    const size = this.items.sizeOf(0, recordBytes);
    if (!this.#log.isLarge(size)) return true;
    const { live } = this.slots;
    return this.#makeRoom(this.#charge(size), steps) && this.#log.fit(size, steps - (live - this.slots.live));
  }

  /** Evicts until `charge` fits, or `steps` times; `true`: it fits, or nothing is left to evict. */
  #makeRoom(charge: number, steps = Infinity): boolean {
    const { slots } = this;
    for (let left = steps; ; left--) {
      const bytes =
        this.#bodyBytesMax - (slots.touched - slots.live) * slots.bytesEach - this.#bytesOfPolicy();
      this.policy.capacity = bytes;
      if (this.chargedBytes + charge <= bytes) return true;
      if (left <= 0) return false;
      if (!this.evictOne()) return true;
    }
  }

  #bytesOfPolicy(): number {
    if (this.#policyBytes < 0 || this.slots.high !== this.#policyHigh) {
      this.#policyBytes = this.policy.bytes;
      this.#policyHigh = this.slots.high;
    }
    return this.#policyBytes;
  }

  /** The record itself, or a copy if it lies in memory that making room may overwrite. */
  #ownCopy(record: Uint8Array): Uint8Array {
    return record.byteOffset !== 0 && this.#slab.isOurs(record.buffer) ? record.slice() : record;
  }
}
