// An entry as the engine hands it out, and as the front keeps it. Hot.
import type { Entry } from "../engine.ts";
import type { Items } from "../storage/items.ts";

/** An entry as handed out; in the front or only for one call. */
export class FrontEntry<M> implements Entry<M> {
  // What a hit looks at comes first, so that it lies in one line of the processor's cache.
  /** The generation in which it was last known valid. */
  stamp: number;
  expiresAtMs: number;
  /** Reads, halved whenever the front's hand passes. */
  hits = 0;
  readonly slot: number;
  memo: M | undefined = undefined;
  /** Its index in the list of its ring; -1: it is not in the front. */
  ringIndex = -1;
  version: number;
  readonly key: string;
  memoBytes = 0;
  /** Of a copy of the record that it has, if it has one. */
  copyBytes = 0;
  readonly items: Items;

  constructor(key: string, slot: number, version: number, expiresAtMs: number, stamp: number, items: Items) {
    this.key = key;
    this.slot = slot;
    this.version = version;
    this.expiresAtMs = expiresAtMs;
    this.stamp = stamp;
    this.items = items;
  }

  /** From now on it is the entry of another version, without a memo. */
  renew(version: number, expiresAtMs: number, stamp: number): void {
    this.version = version;
    this.expiresAtMs = expiresAtMs;
    this.stamp = stamp;
    this.memo = undefined;
    this.memoBytes = 0;
  }

  /** A new view at each call: views kept by the thousand are what the collector would walk longest. */
  get record(): Uint8Array {
    return this.items.record(this.slot);
  }
}
