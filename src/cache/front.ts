// The hot front: entries that are read often, as objects with their memos, in a Map. Hot.
import { FRONT_COUNT_MAX, FRONT_ENTRY_BYTES, MEMO_SHARE_MAX } from "./bounds.ts";
import type { FrontEntry } from "./front-entry.ts";
import type { Residents } from "./residents.ts";
import { FRONT } from "./slots.ts";

/**
 * Bounded by bytes and by count. When it is full, a hand goes round (CLOCK) and demotes what was not read since it
 * last came by. A demoted entry is as resident as before, its object and its memo are not.
 */
export class Front<M> {
  readonly map = new Map<string, FrontEntry<M>>();
  readonly bytesMax: number;
  bytes = 0;
  readonly #places: FrontEntry<M>[] = [];
  readonly #demoted: (entry: FrontEntry<M>) => void;
  #hand = 0;

  constructor(bytesMax: number, demoted: (entry: FrontEntry<M>) => void) {
    this.bytesMax = bytesMax;
    this.#demoted = demoted;
  }

  get count(): number {
    return this.#places.length;
  }

  entries(): readonly FrontEntry<M>[] {
    return this.#places;
  }

  /** `false`: everything in front is hotter. */
  add(entry: FrontEntry<M>): boolean {
    const bytes = entryBytes(entry.key);
    if (!this.#makeRoom(bytes, 1, undefined)) return false;
    entry.place = this.#places.length;
    this.#places.push(entry);
    this.map.set(entry.key, entry);
    this.bytes += bytes;
    return true;
  }

  /** Puts a new version of an entry in its place. */
  replace(old: FrontEntry<M>, entry: FrontEntry<M>): void {
    this.bytes -= old.memoBytes;
    entry.place = old.place;
    entry.hits = old.hits;
    old.place = -1;
    old.memo = undefined;
    this.#places[entry.place] = entry;
    this.map.set(entry.key, entry);
  }

  remove(entry: FrontEntry<M>): void {
    const last = this.#places.pop()!;
    if (last !== entry) {
      this.#places[entry.place] = last;
      last.place = entry.place;
    }
    entry.place = -1;
    this.map.delete(entry.key);
    this.bytes -= entryBytes(entry.key) + entry.memoBytes;
    entry.memo = undefined;
    entry.memoBytes = 0;
  }

  keep(entry: FrontEntry<M>, memo: M, memoBytes: number): boolean {
    if (this.map.get(entry.key) !== entry || !(memoBytes <= this.bytesMax * MEMO_SHARE_MAX)) return false;
    if (!this.#makeRoom(memoBytes - entry.memoBytes, 0, entry)) return false;
    this.bytes += memoBytes - entry.memoBytes;
    entry.memo = memo;
    entry.memoBytes = memoBytes;
    return true;
  }

  /** Throws unless it agrees with itself and with `residents`. */
  verify({ slots, items }: Residents): void {
    let marked = 0;
    for (let slot = 0; slot < slots.high; slot++) {
      if ((slots.flags[slot]! & FRONT) === 0) continue;
      marked++;
      const entry = this.map.get(items.key(slot));
      if (entry?.slot !== slot || entry.version !== items.version(slot))
        throw new Error(`slot ${slot} is not in front`);
      if (entry.expiresAtMs !== items.expiresAtMs(slot)) throw new Error(`slot ${slot} expires twice`);
    }
    if (marked !== this.count) throw new Error(`${this.count} in front, ${marked} marked so`);
    let bytes = 0;
    for (const [place, entry] of this.#places.entries()) {
      if (entry.place !== place || this.map.get(entry.key) !== entry) throw new Error("the front is mislaid");
      bytes += entryBytes(entry.key) + entry.memoBytes;
    }
    if (this.map.size !== this.#places.length) throw new Error("the front's map and places differ");
    if (bytes !== this.bytes || bytes > this.bytesMax)
      throw new Error(`front bytes ${this.bytes}, not ${bytes}`);
  }

  /** Demotes cold entries for `bytes` and `count` more, never `spared`; looks at a bounded number of them. */
  #makeRoom(bytes: number, count: number, spared: FrontEntry<M> | undefined): boolean {
    let looks = LOOKS_MAX;
    while (this.bytes + bytes > this.bytesMax || this.#places.length + count > FRONT_COUNT_MAX) {
      if (looks-- === 0 || this.#places.length === 0) return false;
      if (this.#hand >= this.#places.length) this.#hand = 0;
      const entry = this.#places[this.#hand]!;
      if (entry.hits > 0 || entry === spared) {
        entry.hits >>= 1;
        this.#hand++;
        continue;
      }
      this.remove(entry);
      this.#demoted(entry);
    }
    return true;
  }
}

/** Entries the hand looks at before it gives up on a promotion; the next one goes on from there. */
const LOOKS_MAX = 32;

function entryBytes(key: string): number {
  return FRONT_ENTRY_BYTES + 2 * key.length;
}
