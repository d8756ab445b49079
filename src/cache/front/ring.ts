// One ring of the hot front: a Map of entries, and the places a hand goes round. Hot.
import type { FrontEntry } from "./front-entry.ts";

export class Ring<M> {
  readonly map = new Map<string, FrontEntry<M>>();
  readonly places: FrontEntry<M>[] = [];
  #hand = 0;

  add(entry: FrontEntry<M>): void {
    entry.place = this.places.length;
    this.places.push(entry);
    this.map.set(entry.key, entry);
  }

  remove(entry: FrontEntry<M>): void {
    const last = this.places.pop()!;
    if (last !== entry) {
      this.places[entry.place] = last;
      last.place = entry.place;
    }
    entry.place = -1;
    this.map.delete(entry.key);
  }

  /** Moves the hand on by one; the entry there if it was not read since the hand last came by, and is not `spared`. */
  coldest(spared: FrontEntry<M> | undefined): FrontEntry<M> | undefined {
    if (this.#hand >= this.places.length) this.#hand = 0;
    const entry = this.places[this.#hand]!;
    if (entry.hits === 0 && entry !== spared) return entry;
    entry.hits >>= 1;
    this.#hand++;
    return undefined;
  }

  verify(): void {
    for (const [place, entry] of this.places.entries()) {
      if (entry.place !== place || this.map.get(entry.key) !== entry) throw new Error("a ring is mislaid");
    }
    if (this.map.size !== this.places.length) throw new Error("a ring's map and places differ");
  }
}
