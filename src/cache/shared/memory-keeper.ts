// What the process that made a shared memory does with it: sets it up, and empties what a dead process has left locked. Cold.
import { Departures } from "../departures.ts";
import { KeyBytes } from "../storage/key-bytes.ts";
import { LOCK } from "./layout.ts";
import type { EngineStats } from "../engine.ts";
import { Shard, statsOf } from "./shard.ts";
import { NEWEST, SEED } from "./shared-memory.ts";
import type { SharedMemory } from "./shared-memory.ts";

export class MemoryKeeper {
  readonly #words: Int32Array;
  readonly #shards: readonly Shard[];

  /** `own` as a worker has it, but of the keeper. `isNew`: the memory is all zero, and is set up now. */
  constructor(memory: SharedMemory, own: number, isNew: boolean) {
    if (isNew) memory.words[SEED] = Math.floor(Math.random() * 2 ** 32);
    this.#words = memory.words;
    const keys = new KeyBytes(memory.words[SEED]!);
    this.#shards = memory.shards.map(
      (_, index) =>
        new Shard({
          departures: new Departures(),
          memory,
          index,
          own,
          keys,
          random: Math.random,
          yieldCore: () => {},
        }),
    );
    if (isNew) for (const shard of this.#shards) shard.reset(0);
  }

  /** Of all shards; without what each worker has in front. */
  stats(): Omit<EngineStats, "bytesMax"> {
    return statsOf(this.#shards);
  }

  /** As the engine's `revalidate`. */
  beginGeneration(): void {
    Atomics.add(this.#words, NEWEST, 1);
  }

  /** Empties the shards whose locks the process with the number `dead` has left taken; how many. */
  recover(dead: number): number {
    let emptied = 0;
    for (const shard of this.#shards) if (shard.header[LOCK] === dead && shard.reset(dead)) emptied++;
    return emptied;
  }
}
