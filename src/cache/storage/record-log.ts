// The log: gives items room by appending, takes it back when they die, cleans segments of which much is dead. Hot.
import {
  CLEAN_BYTES_MIN,
  CLEAN_LIVE_SHARE_MAX,
  LARGE_SEGMENT_SHARE,
  NONE,
  SEGMENTS_RESERVED,
} from "../bounds.ts";
import type { Items } from "./items.ts";
import { LARGE, SEALED } from "../memory/slab.ts";
import type { Slab } from "../memory/slab.ts";
import type { Slots } from "./slots.ts";
import type { StateWords } from "../memory/state-words.ts";

/** What the log needs of the engine that owns it. */
export interface RecordLogOwner {
  /** Bytes that segments may take in all now. */
  segmentRoomBytes(): number;
  /** Removes one entry, the policy's choice; `false`: there is none. */
  evictOne(): boolean;
  /** Removes this entry to get its room. */
  evictSlot(slot: number): void;
}

/** Writes go to one open segment, cleaned items to another, so that what lived long lies together. */
export class RecordLog {
  readonly #slots: Slots;
  readonly #slab: Slab;
  readonly #items: Items;
  readonly #owner: RecordLogOwner;
  readonly #largeMin: number;
  readonly #openId = [NONE, NONE];
  readonly #openOffset = [0, 0];
  #victim = NONE;
  #victimOffset = 0;
  #victimEnd = 0;

  constructor(slots: Slots, slab: Slab, items: Items, owner: RecordLogOwner) {
    this.#slots = slots;
    this.#slab = slab;
    this.#items = items;
    this.#owner = owner;
    this.#largeMin = slab.segmentBytes * LARGE_SEGMENT_SHARE;
  }

  transfer(state: StateWords): void {
    for (let lane = 0; lane < 2; lane++) {
      this.#openId[lane] = state.number(this.#openId[lane]!);
      this.#openOffset[lane] = state.number(this.#openOffset[lane]!);
    }
    this.#victim = state.number(this.#victim);
    this.#victimOffset = state.number(this.#victimOffset);
    this.#victimEnd = state.number(this.#victimEnd);
  }

  /** All segments are free. */
  clear(): void {
    this.#openId.fill(NONE);
    this.#openOffset.fill(0);
    this.#victim = NONE;
  }

  isLarge(bytes: number): boolean {
    return bytes > this.#largeMin;
  }

  /** Gives the slot room for `bytes`, a multiple of the unit. May evict others on its way. */
  append(slot: number, bytes: number): void {
    const slab = this.#slab;
    if (this.isLarge(bytes)) {
      this.fit(bytes);
      while (!slab.hasRoomFor(bytes)) if (!slab.releaseSegment()) this.#owner.evictOne();
      this.#slots.position[slot] = slab.addressOf(slab.openLarge(bytes), 0);
      return;
    }
    this.trim();
    if (this.#spare() < SEGMENTS_RESERVED) this.#clean(CLEAN_BYTES_MIN + bytes * this.#pace());
    if (this.#openId[0] === NONE || this.#openOffset[0]! + bytes > slab.segmentBytes) {
      this.#seal(0);
      this.#reclaim(2);
      this.#open(0);
    }
    this.#place(slot, 0, bytes);
  }

  /** The slot's bytes are dead. */
  free(slot: number): void {
    const slab = this.#slab;
    const id = slab.idOf(this.#slots.position[slot]!);
    if (slab.state[id] === LARGE) slab.closeLarge(id);
    else this.#kill(id, this.#items.size(slot));
  }

  /** Gives segments back until they fit in the room there is for them. */
  trim(): void {
    while (this.#owner.segmentRoomBytes() < this.#slab.allocatedBytes) {
      if (!this.#slab.releaseSegment()) this.#reclaim(0);
    }
  }

  verify(): void {
    const slab = this.#slab;
    const live: number[] = Array.from({ length: slab.blocks }, () => 0);
    for (let slot = 0; slot < this.#slots.high; slot++) {
      if (!this.#slots.isLive(slot)) continue;
      const address = this.#slots.position[slot]!;
      const id = slab.idOf(address);
      const words = slab.words[address >>> slab.viewShift]!;
      const word = (address & slab.offsetMask) << slab.toWord;
      if (this.#items.slotAt(words, word) !== slot) throw new Error(`slot ${slot} has another slot's bytes`);
      live[id]! += this.#items.size(slot);
    }
    let segments = 0;
    for (let id = 0; id < live.length; id++) {
      if (live[id] !== slab.liveBytes[id]) {
        throw new Error(`block ${id} has ${live[id]} bytes alive, not ${slab.liveBytes[id]}`);
      }
      if (slab.isSegment(id)) segments++;
    }
    if (segments * slab.segmentBytes !== slab.allocatedBytes) throw new Error("segments are miscounted");
  }

  #kill(id: number, bytes: number): void {
    const slab = this.#slab;
    slab.liveBytes[id]! -= bytes;
    if (slab.liveBytes[id] !== 0 || slab.state[id] !== SEALED) return;
    if (id === this.#victim) this.#victim = NONE;
    slab.freeSegment(id);
  }

  #place(slot: number, lane: 0 | 1, bytes: number): void {
    const slab = this.#slab;
    const id = this.#openId[lane]!;
    this.#slots.position[slot] = slab.addressOf(id, this.#openOffset[lane]!);
    this.#openOffset[lane]! += bytes;
    slab.liveBytes[id]! += bytes;
  }

  #open(lane: 0 | 1): void {
    this.#openId[lane] = this.#slab.openSegment();
    this.#openOffset[lane] = 0;
  }

  #seal(lane: 0 | 1): void {
    const slab = this.#slab;
    const id = this.#openId[lane]!;
    if (id === NONE) return;
    slab.end[id] = this.#openOffset[lane]!;
    this.#openId[lane] = NONE;
    slab.state[id] = SEALED;
    if (slab.liveBytes[id] === 0) slab.freeSegment(id);
  }

  /** Segments free or yet to be allocated within the budget; negative when there are too many. */
  #spare(): number {
    const slab = this.#slab;
    const room = this.#owner.segmentRoomBytes() - slab.allocatedBytes;
    return slab.freeSegments + Math.floor(room / slab.segmentBytes);
  }

  /** Bytes to walk for each byte written, so that the victim is clean by the time it is needed. */
  #pace(): number {
    if (this.#victim === NONE) return 8;
    const live = this.#slab.liveBytes[this.#victim]! / this.#slab.segmentBytes;
    return Math.min(24, 1.5 / Math.max(0.05, 1 - live));
  }

  /** Makes `count` segments spare, by cleaning if that gains enough, else by evicting. */
  #reclaim(count: number): void {
    while (this.#spare() < count) {
      if (this.#victim !== NONE || this.#choose()) this.#clean(this.#slab.segmentBytes);
      else if (!this.#owner.evictOne()) {
        if (this.#openId[1] !== NONE && this.#slab.liveBytes[this.#openId[1]!] === 0) this.#seal(1);
        else throw new Error("an empty cache has no room");
      }
    }
  }

  /**
   * Makes room for a large item in up to about `steps` evictions: whole segments go, those with the least alive first,
   * with what is in them. `true`: there is room, or nothing is left to evict.
   */
  fit(bytes: number, steps = Infinity): boolean {
    let left = steps;
    const slab = this.#slab;
    const owner = this.#owner;
    const needed = bytes + slab.segmentBytes;
    while (owner.segmentRoomBytes() - slab.allocatedBytes < needed) {
      if (slab.releaseSegment()) continue;
      if (left <= 0) return false;
      const id = this.#victim === NONE ? this.#emptiest() : this.#victim;
      if (id !== NONE) left -= this.#evictFrom(id, left);
      else if (owner.evictOne()) left--;
      else {
        this.#seal(0);
        this.#seal(1);
        if (slab.freeSegments === 0) return true;
      }
    }
    return true;
  }

  /** Evicts up to `max` of the entries in a segment; how many. When the last has left, the segment is free. */
  #evictFrom(id: number, max: number): number {
    let evicted = 0;
    const slab = this.#slab;
    const words = slab.words[slab.viewOf(id)]!;
    let offset = 0;
    while (offset < slab.end[id]! && slab.state[id] === SEALED && evicted < max) {
      const word = slab.byteAt(id, offset) >>> 2;
      const slot = this.#items.slotAt(words, word);
      const bytes = this.#items.sizeAt(words, word);
      if (this.#slots.position[slot] === slab.addressOf(id, offset)) {
        this.#owner.evictSlot(slot);
        evicted++;
      }
      offset += bytes;
    }
    return evicted;
  }

  #emptiest(): number {
    const { liveBytes, state } = this.#slab;
    let best = NONE;
    let least = Infinity;
    for (let id = 0; id < this.#slab.blocks; id++) {
      if (state[id] === SEALED && liveBytes[id]! < least) {
        least = liveBytes[id]!;
        best = id;
      }
    }
    return best;
  }

  #choose(): boolean {
    const slab = this.#slab;
    const best = this.#emptiest();
    if (best === NONE || slab.liveBytes[best]! > CLEAN_LIVE_SHARE_MAX * slab.end[best]!) return false;
    this.#victim = best;
    this.#victimOffset = 0;
    this.#victimEnd = slab.end[best]!;
    return true;
  }

  /** Moves what lives of the victim to the cleaner's segment, walking about `bytesMax`. */
  #clean(bytesMax: number): void {
    if (this.#victim === NONE && !this.#choose()) return;
    const slab = this.#slab;
    const id = this.#victim;
    const words = slab.words[slab.viewOf(id)]!;
    let walked = 0;
    while (walked < bytesMax && this.#victimOffset < this.#victimEnd && this.#victim === id) {
      const offset = this.#victimOffset;
      const word = slab.byteAt(id, offset) >>> 2;
      const bytes = this.#items.sizeAt(words, word);
      const slot = this.#items.slotAt(words, word);
      this.#victimOffset += bytes;
      walked += bytes;
      if (this.#slots.position[slot] === slab.addressOf(id, offset)) {
        this.#move(slot, id, offset, bytes);
      }
    }
  }

  #move(slot: number, from: number, offset: number, bytes: number): void {
    const slab = this.#slab;
    if (this.#openId[1] === NONE || this.#openOffset[1]! + bytes > slab.segmentBytes) {
      this.#seal(1);
      if (this.#spare() < 1 && slab.freeSegments === 0) {
        this.#owner.evictSlot(slot);
        return;
      }
      this.#open(1);
    }
    this.#slots.unsettle(slot);
    this.#place(slot, 1, bytes);
    copyWords(slab, from, offset, this.#slots.position[slot]!, bytes);
    this.#slots.settle(slot);
    this.#kill(from, bytes);
  }
}

const COPY_WORDS_MAX = 64;

function copyWords(slab: Slab, from: number, offset: number, address: number, bytes: number): void {
  const to = address >>> slab.viewShift;
  const unit = address & slab.offsetMask;
  const first = slab.byteAt(from, offset);
  if (bytes > COPY_WORDS_MAX * 4) {
    slab.bytes[slab.viewOf(from)]!.copy(slab.bytes[to]!, unit << slab.toByte, first, first + bytes);
    return;
  }
  const source = slab.words[slab.viewOf(from)]!;
  const target = slab.words[to]!;
  const at = unit << slab.toWord;
  const start = first >>> 2;
  for (let i = 0; i < bytes >>> 2; i++) target[at + i] = source[start + i]!;
}
