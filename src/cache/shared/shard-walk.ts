// What is resident in all shards, in part: a walk in steps, a key by chance, the keys most used. Cold.
import type { Entry } from "../engine.ts";
import { hottestKeys, randomLiveKey, walk } from "../front/sample.ts";
import type { Shard } from "./shard.ts";

/** A cursor is a shard's number times this and a slot. */
const SLOTS_A_SHARD = 2 ** 32;

/** Gives the entry of a live slot if it may be served; the shard's lock is held. */
export type ServeSlot<M> = (shard: Shard, slot: number, nowMs: number) => Entry<M> | undefined;

export class ShardWalk<M> {
  readonly #shards: readonly Shard[];
  readonly #random: () => number;
  readonly #serve: ServeSlot<M>;

  constructor(shards: readonly Shard[], random: () => number, serve: ServeSlot<M>) {
    this.#shards = shards;
    this.#random = random;
    this.#serve = serve;
  }

  /** As the engine's `scan`. Where a shard cannot be had it visits none, and the walk is to go on from there. */
  scan(cursor: number, count: number, nowMs: number, visit: (entry: Entry<M>) => void): number {
    let index = Math.floor(cursor / SLOTS_A_SHARD);
    let slot = cursor % SLOTS_A_SHARD;
    const page = { left: count };
    while (index < this.#shards.length && page.left > 0) {
      const shard = this.#shards[index]!;
      if (!shard.lock()) return index * SLOTS_A_SHARD + slot;
      slot = walk(
        shard.storage,
        slot,
        page.left,
        (at) => this.#serve(shard, at, nowMs),
        (entry) => {
          page.left--;
          visit(entry);
        },
      );
      shard.unlock();
      if (slot !== 0) return index * SLOTS_A_SHARD + slot;
      index++;
    }
    return index < this.#shards.length ? index * SLOTS_A_SHARD : 0;
  }

  /** Shards are tried from one by chance on, weighed by their entries. */
  randomKey(nowMs: number): string | undefined {
    const all = this.#shards.reduce((sum, { entries }) => sum + entries, 0);
    let left = Math.floor(this.#random() * all);
    let first = this.#shards.findIndex(({ entries }) => (left -= entries) < 0);
    if (first < 0) first = 0;
    for (let i = 0; i < this.#shards.length; i++) {
      const shard = this.#shards[(first + i) % this.#shards.length]!;
      if (shard.entries === 0 || !shard.lock()) continue;
      const key = randomLiveKey(shard.storage, this.#random, (slot) => this.#serve(shard, slot, nowMs));
      shard.unlock();
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** Up to `count` keys: those of `first`, then the hottest of each shard in turns. */
  hottest(first: readonly string[], count: number, nowMs: number): string[] {
    const keys = new Set(first);
    const lists = this.#shards.map((shard) => this.#hottestOf(shard, count, nowMs));
    for (let i = 0; i < count && keys.size < count; i++) {
      for (const list of lists) if (i < list.length && keys.size < count) keys.add(list[i]!);
    }
    return [...keys];
  }

  #hottestOf(shard: Shard, count: number, nowMs: number): string[] {
    if (!shard.lock()) return [];
    const isServed = (slot: number) => this.#serve(shard, slot, nowMs) !== undefined;
    const keys = hottestKeys<M>(shard.storage, [], count, isServed);
    shard.unlock();
    return keys;
  }
}
