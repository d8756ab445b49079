// Remembers which clients keep copies of which entries, and tells them when one is no longer good. Hot in part.
//
// A client is told of a key once; it is remembered again when it reads again. Whatever cannot be told exactly (a tag,
// a flush, too many keys) is told as "drop all you hold".

import { TRACKED_KEYS_MAX, TRACKED_KEYS_PER_CLIENT_MAX, TRACKED_PREFIXES_MAX } from "../base/limits.ts";
import type { ChangeListener } from "../store/changes.ts";
import type { Target } from "../coherence/target.ts";

/** A client that keeps copies. Neither method may change the tracker. */
export interface Holder {
  drop(key: string): void;
  dropAll(): void;
}

interface Broadcast {
  readonly holder: Holder;
  readonly prefix: string;
}

const EXPIRY_SLOT_MS = 250;

export class Tracker implements ChangeListener {
  readonly #holders = new Map<string, Set<Holder>>();
  readonly #keys = new Map<Holder, Set<string>>();
  /** Keys by the slot of wall time in which they expire. */
  readonly #expiring = new Map<number, Set<string>>();
  #broadcasts: readonly Broadcast[] = [];
  #tracked = 0;

  /** Pairs of client and key that are remembered. */
  get tracked(): number {
    return this.#tracked;
  }

  /** From now on `holder` is told when `key` changes, once. */
  track(holder: Holder, key: string): void {
    let keys = this.#keys.get(holder);
    if (keys === undefined) {
      keys = new Set();
      this.#keys.set(holder, keys);
    }
    if (keys.has(key)) return;
    if (keys.size >= TRACKED_KEYS_PER_CLIENT_MAX) this.#dropAll(holder);
    if (this.#tracked >= TRACKED_KEYS_MAX) this.#everybody();
    keys = this.#keys.get(holder) ?? new Set();
    this.#keys.set(holder, keys);
    keys.add(key);
    const holders = this.#holders.get(key);
    if (holders === undefined) this.#holders.set(key, new Set([holder]));
    else holders.add(holder);
    this.#tracked += 1;
  }

  /** A tracked `key` expires at `wallMs`, which its holders are then told. */
  expires(key: string, wallMs: number): void {
    if (wallMs === Number.POSITIVE_INFINITY) return;
    const slot = Math.ceil(wallMs / EXPIRY_SLOT_MS);
    const keys = this.#expiring.get(slot);
    if (keys === undefined) this.#expiring.set(slot, new Set([key]));
    else keys.add(key);
  }

  /** Tells of the entries that expired before `wallMs`. */
  sweep(wallMs: number): void {
    const now = Math.floor(wallMs / EXPIRY_SLOT_MS);
    for (const [slot, keys] of this.#expiring) {
      if (slot > now) continue;
      this.#expiring.delete(slot);
      for (const key of keys) this.onKey(key);
    }
  }

  /** From now on `holder` is told of every key under `prefix`; `false`: it has too many prefixes. */
  broadcast(holder: Holder, prefix: string): boolean {
    const own = this.#broadcasts.filter((broadcast) => broadcast.holder === holder);
    if (own.length >= TRACKED_PREFIXES_MAX) return false;
    this.#broadcasts = [...this.#broadcasts, { holder, prefix }];
    return true;
  }

  /** Forgets one key of `holder`, which dropped it by itself. */
  untrack(holder: Holder, key: string): void {
    if (this.#keys.get(holder)?.delete(key) !== true) return;
    this.#tracked -= 1;
    this.#leave(holder, key);
  }

  /** Forgets all of `holder`. */
  forget(holder: Holder): void {
    this.#release(holder);
    if (this.#broadcasts.length === 0) return;
    this.#broadcasts = this.#broadcasts.filter((broadcast) => broadcast.holder !== holder);
  }

  get isIdle(): boolean {
    return this.#tracked === 0 && this.#broadcasts.length === 0;
  }

  onKey(key: string): void {
    if (this.#tracked > 0) {
      const holders = this.#holders.get(key);
      if (holders !== undefined) {
        this.#holders.delete(key);
        for (const holder of holders) {
          this.#keys.get(holder)!.delete(key);
          this.#tracked -= 1;
          holder.drop(key);
        }
      }
    }
    const broadcasts = this.#broadcasts;
    for (let i = 0; i < broadcasts.length; i++) {
      if (key.startsWith(broadcasts[i]!.prefix)) broadcasts[i]!.holder.drop(key);
    }
  }

  onMass(target: Target): void {
    switch (target.kind) {
      case "keys":
        for (const key of target.keys) this.onKey(key);
        return;
      case "prefix":
        for (const key of this.#holders.keys()) if (key.startsWith(target.prefix)) this.onKey(key);
        for (const { holder, prefix } of this.#broadcasts) {
          if (prefix.startsWith(target.prefix) || target.prefix.startsWith(prefix)) holder.dropAll();
        }
        return;
      case "tags":
      case "all":
        this.#everybody();
    }
  }

  #everybody(): void {
    const holders = new Set(this.#keys.keys());
    for (const { holder } of this.#broadcasts) holders.add(holder);
    for (const holder of holders) this.#dropAll(holder);
  }

  #dropAll(holder: Holder): void {
    this.#release(holder);
    holder.dropAll();
  }

  #release(holder: Holder): void {
    const keys = this.#keys.get(holder);
    if (keys === undefined) return;
    this.#keys.delete(holder);
    this.#tracked -= keys.size;
    for (const key of keys) this.#leave(holder, key);
  }

  #leave(holder: Holder, key: string): void {
    const holders = this.#holders.get(key);
    holders?.delete(holder);
    if (holders?.size === 0) this.#holders.delete(key);
  }
}
