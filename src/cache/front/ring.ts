// One ring of the hot front: a Map of entries, and the list that the clock hand goes round. Hot.
import type { FrontEntry } from "./front-entry.ts";

export class Ring<M> {
  readonly map = new Map<string, FrontEntry<M>>();
  readonly entries: FrontEntry<M>[] = [];
  #hand = 0;

  add(entry: FrontEntry<M>): void {
    entry.ringIndex = this.entries.length;
    this.entries.push(entry);
    this.map.set(entry.key, entry);
  }

  remove(entry: FrontEntry<M>): void {
    const last = this.entries.pop()!;
    if (last !== entry) {
      this.entries[entry.ringIndex] = last;
      last.ringIndex = entry.ringIndex;
    }
    entry.ringIndex = -1;
    this.map.delete(entry.key);
  }

  /** Moves the hand on by one; the entry there if it was not read since the hand last came by, and is not `spared`. */
  coldest(spared: FrontEntry<M> | undefined): FrontEntry<M> | undefined {
    if (this.#hand >= this.entries.length) this.#hand = 0;
    const entry = this.entries[this.#hand]!;
    if (entry.hits === 0 && entry !== spared) return entry;
    entry.hits >>= 1;
    this.#hand++;
    return undefined;
  }

  verify(): void {
    for (const [index, entry] of this.entries.entries()) {
      if (entry.ringIndex !== index || this.map.get(entry.key) !== entry)
        throw new Error("a ring has an entry at a wrong index");
    }
    if (this.map.size !== this.entries.length) throw new Error("a ring's map and list differ");
  }
}
