// An entry as the engine hands it out, and as the front keeps it. Hot.
import type { Entry } from "./engine.ts";
import type { Items } from "./items.ts";

/** An entry as handed out; in the front or only for one call. */
export class FrontEntry<M> implements Entry<M> {
  readonly key: string;
  readonly slot: number;
  readonly version: number;
  readonly expiresAtMs: number;
  readonly items: Items;
  /** The generation in which it was last known valid. */
  stamp: number;
  memo: M | undefined = undefined;
  memoBytes = 0;
  /** Reads, halved whenever the front's hand passes. */
  hits = 0;
  /** Its place among the front's, or -1. */
  place = -1;

  constructor(key: string, slot: number, version: number, expiresAtMs: number, stamp: number, items: Items) {
    this.key = key;
    this.slot = slot;
    this.version = version;
    this.expiresAtMs = expiresAtMs;
    this.stamp = stamp;
    this.items = items;
  }

  /** A new view at each call: views kept by the thousand are what the collector would walk longest. */
  get record(): Uint8Array {
    return this.items.record(this.slot);
  }
}
