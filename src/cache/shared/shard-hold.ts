// Which shard a key belongs to, and the one shard that this process is writing. Hot.
import type { Departures } from "../departures.ts";
import { KeyBytes } from "../storage/key-bytes.ts";
import { Shard } from "./shard.ts";
import { NEWEST, SEED } from "./shared-memory.ts";
import type { SharedMemory } from "./shared-memory.ts";

export interface ShardHoldOptions {
  readonly memory: SharedMemory;
  /** The process's number, above 0, which no other process ever has. */
  readonly own: number;
  readonly departures: Departures;
  readonly random: () => number;
  /** Lets other processes have the core. */
  readonly yieldCore: () => void;
}

export class ShardHold {
  readonly shards: readonly Shard[];
  /** Has the key that was measured last. */
  readonly keys: KeyBytes;
  /** The generation to which what is written under the lock belongs: read after the lock was taken. */
  stamp = 0;
  readonly #words: Int32Array;
  readonly #shift: number;
  /** Held by `hold` beyond one call. */
  #held: Shard | undefined;
  /** Held by `holdAll`: what is entered of them meanwhile is `#held` as well. */
  #all: ReadonlySet<Shard> | undefined;

  constructor({ memory, own, departures, random, yieldCore }: ShardHoldOptions) {
    this.#words = memory.words;
    this.keys = new KeyBytes(memory.words[SEED]!);
    this.shards = memory.shards.map(
      (_, index) => new Shard({ memory, index, own, keys: this.keys, departures, random, yieldCore }),
    );
    this.#shift = 32 - Math.log2(memory.layout.shards);
  }

  /** Measures `key`, and gives its shard; an auxiliary key has that of the key after its first character. */
  measure(key: string): Shard {
    const { keys } = this;
    if (isAuxiliary(key)) {
      keys.measure(key.slice(1));
      const shard = this.shardOf(keys.hash);
      keys.measure(key);
      return shard;
    }
    keys.measure(key);
    return this.shardOf(keys.hash);
  }

  shardOf(hash: number): Shard {
    return this.shards[this.#shift === 32 ? 0 : hash >>> this.#shift]!;
  }

  /** Takes the lock of a shard, unless it is held; `false`: another process has it. */
  enter(shard: Shard): boolean {
    return this.#enter(shard, false);
  }

  /** As `enter`, for a read that others' writes have spoilt. */
  enterToRead(shard: Shard): boolean {
    return this.#enter(shard, true);
  }

  #enter(shard: Shard, isRead: boolean): boolean {
    if (this.#held === shard || this.#isAmongAll(shard)) return true;
    if (this.#held !== undefined) throw new Error("two shards are to be held at once");
    if (!(isRead ? shard.lockToRead() : shard.lock())) return false;
    this.stamp = this.#words[NEWEST]!;
    return true;
  }

  /** Ends what `enter` began. */
  leave(shard: Shard): void {
    if (this.#held !== shard && !this.#isAmongAll(shard)) shard.unlock();
  }

  /** As the engine's `hold`. */
  hold(key: string): boolean {
    const shard = this.measure(key);
    if (!this.enter(shard)) return false;
    this.#held = shard;
    return true;
  }

  letGo(): void {
    const shard = this.#held;
    const all = this.#all;
    this.#held = undefined;
    this.#all = undefined;
    shard?.unlock();
    if (all !== undefined) for (const each of all) each.unlock();
  }

  /** As the engine's `holdAll`. Locks are taken in the order of the shards, so that two who want the same wait in turn. */
  holdAll(keys: Iterable<string>): boolean {
    const wanted = new Set<Shard>();
    for (const key of keys) wanted.add(this.measure(key));
    const taken: Shard[] = [];
    for (const shard of this.shards) {
      if (!wanted.has(shard)) continue;
      if (!shard.lock()) {
        for (const other of taken) other.unlock();
        return false;
      }
      taken.push(shard);
    }
    this.stamp = this.#words[NEWEST]!;
    this.#all = wanted;
    return true;
  }

  #isAmongAll(shard: Shard): boolean {
    return this.#all !== undefined && this.#all.has(shard);
  }

  /** Something is wrong with what a shard has that was entered: it is emptied, and its lock given back. */
  abandon(shard: Shard): void {
    this.#held = undefined;
    const others = this.#all;
    this.#all = undefined;
    for (const other of others ?? []) if (other !== shard) other.unlock();
    shard.abandon();
  }
}

/** What begins with U+0000 is the owner's own: no walk meets it, and it is not counted. */
export function isAuxiliary(key: string): boolean {
  return key.charCodeAt(0) === 0;
}
