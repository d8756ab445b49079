// The hot front: entries that are read often, as objects with their memos, in Maps. Hot.
import { FRONT_COUNT_MAX, FRONT_ENTRY_BYTES, MEMO_SHARE_MAX } from "../bounds.ts";
import type { FrontEntry } from "./front-entry.ts";
import { Ring } from "./ring.ts";
import type { EntryStorage } from "../storage/entry-storage.ts";
import { FRONT } from "../storage/slots.ts";

/** A power of two. */
const RINGS = 8;
/** A ring stays open for so many promotions, or for so many that were refused because another was open. */
const TURN_PROMOTIONS = 64;
const TURN_REFUSALS = 2048;
/** Entries looked at before a promotion is given up; the next one goes on from there. */
const LOOKS_MAX = 32;

/**
 * Bounded by bytes and by count, in rings chosen by key. When it is full, a hand goes round a ring (CLOCK) and demotes
 * what was not read since it last came by. A demoted entry is as resident as before, its object and its memo are not.
 *
 * The collector's small turns look through every Map that was written to since the last one. So once the front is
 * full, only one ring at a time takes newcomers, and what is written anew is written into the object that is there.
 */
export class Front<M> {
  readonly bytesMax: number;
  bytes = 0;
  count = 0;
  readonly #rings = Array.from({ length: RINGS }, () => new Ring<M>());
  readonly #demoted: (entry: FrontEntry<M>) => void;
  #open = 0;
  #roundRing = 0;
  #roundAt = 0;
  #promotions = 0;
  #refusals = 0;

  constructor(bytesMax: number, demoted: (entry: FrontEntry<M>) => void) {
    this.bytesMax = bytesMax;
    this.#demoted = demoted;
  }

  get(key: string): FrontEntry<M> | undefined {
    return this.#rings[ringOf(key)]!.map.get(key);
  }

  entries(): FrontEntry<M>[] {
    return this.#rings.flatMap(({ entries }) => entries);
  }

  /** Calls `visit`, which may remove them, with the next `count` entries of a round through all. */
  visitSome(count: number, visit: (entry: FrontEntry<M>) => void): void {
    for (let left = Math.min(count, this.count); left > 0; left--) {
      const { entries } = this.#rings[this.#roundRing]!;
      const entry = entries[this.#roundAt++];
      if (entry !== undefined) visit(entry);
      else {
        this.#roundRing = (this.#roundRing + 1) & (RINGS - 1);
        this.#roundAt = 0;
      }
    }
  }

  /** `false`: it is not this entry's turn, or everything in its ring is hotter. */
  add(entry: FrontEntry<M>): boolean {
    const bytes = entryBytes(entry);
    const at = ringOf(entry.key);
    if (this.bytes + bytes > this.bytesMax || this.count >= FRONT_COUNT_MAX) {
      if (at !== this.#open) {
        if (++this.#refusals >= TURN_REFUSALS) this.#turn();
        return false;
      }
      if (!this.#makeRoom(at, bytes, 1, undefined)) return false;
      if (++this.#promotions >= TURN_PROMOTIONS) this.#turn();
    }
    this.#rings[at]!.add(entry);
    this.count++;
    this.bytes += bytes;
    return true;
  }

  /** Makes `entry` that of a new version, without a memo. */
  renew(entry: FrontEntry<M>, version: number, expiresAtMs: number, stamp: number): void {
    this.bytes -= entry.memoBytes;
    entry.renew(version, expiresAtMs, stamp);
  }

  remove(entry: FrontEntry<M>): void {
    this.#rings[ringOf(entry.key)]!.remove(entry);
    this.count--;
    this.bytes -= entryBytes(entry) + entry.memoBytes;
    entry.memo = undefined;
    entry.memoBytes = 0;
  }

  keep(entry: FrontEntry<M>, memo: M, memoBytes: number): boolean {
    if (entry.ringIndex < 0 || !(memoBytes <= this.bytesMax * MEMO_SHARE_MAX)) return false;
    if (!this.#makeRoom(ringOf(entry.key), memoBytes - entry.memoBytes, 0, entry)) return false;
    this.bytes += memoBytes - entry.memoBytes;
    entry.memo = memo;
    entry.memoBytes = memoBytes;
    return true;
  }

  /** Throws unless it agrees with itself and with `storage`, which is its process's own. */
  verify({ slots, items }: EntryStorage): void {
    let marked = 0;
    for (let slot = 0; slot < slots.high; slot++) {
      if ((slots.flags[slot]! & FRONT) === 0) continue;
      marked++;
      const entry = this.get(items.key(slot));
      if (entry?.slot !== slot || entry.version !== items.version(slot))
        throw new Error(`slot ${slot} is not in front`);
      if (entry.expiresAtMs !== items.expiresAtMs(slot)) throw new Error(`slot ${slot} expires twice`);
    }
    if (marked !== this.count) throw new Error(`${this.count} in front, ${marked} marked so`);
    this.verifyRings();
  }

  /** Throws unless it agrees with itself. */
  verifyRings(): void {
    let bytes = 0;
    let count = 0;
    for (const [at, ring] of this.#rings.entries()) {
      ring.verify();
      count += ring.entries.length;
      for (const entry of ring.entries) {
        if (ringOf(entry.key) !== at) throw new Error(`${entry.key} is in ring ${at}`);
        bytes += entryBytes(entry) + entry.memoBytes;
      }
    }
    if (count !== this.count) throw new Error(`${this.count} in front, ${count} in the rings`);
    if (bytes !== this.bytes || bytes > this.bytesMax)
      throw new Error(`front bytes ${this.bytes}, not ${bytes}`);
  }

  #turn(): void {
    this.#open = (this.#open + 1) & (RINGS - 1);
    this.#promotions = 0;
    this.#refusals = 0;
  }

  /** Demotes cold entries for `bytes` and `count` more, those of ring `first` before others, never `spared`. */
  #makeRoom(first: number, bytes: number, count: number, spared: FrontEntry<M> | undefined): boolean {
    let looks = LOOKS_MAX;
    let at = first;
    while (this.bytes + bytes > this.bytesMax || this.count + count > FRONT_COUNT_MAX) {
      if (looks-- === 0) return false;
      const ring = this.#rings[at]!;
      const isSparedAlone = ring.entries.length === 1 && ring.entries[0] === spared;
      if (ring.entries.length === 0 || isSparedAlone) {
        at = (at + 1) & (RINGS - 1);
        continue;
      }
      const entry = ring.coldest(spared);
      if (entry === undefined) continue;
      this.remove(entry);
      this.#demoted(entry);
    }
    return true;
  }
}

/** By its last character and its length: cheap, and even enough. */
function ringOf(key: string): number {
  const { length } = key;
  return (key.charCodeAt(length - 1) + length) & (RINGS - 1);
}

function entryBytes({ key, copyBytes }: { readonly key: string; readonly copyBytes: number }): number {
  return FRONT_ENTRY_BYTES + 2 * key.length + copyBytes;
}
