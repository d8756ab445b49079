// The store of an instance that shares its truth: L1 in front, L2 as the truth, and the bus that keeps L1 coherent with it.

import { messageOf } from "../../base/bug.ts";
import { UpOrDown } from "../../base/up-or-down.ts";
import type { Clock } from "../../base/clock.ts";
import { STEP_KEYS_MAX } from "../../base/limits/steps.ts";
import type { Log } from "../../base/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { Engine, Entry, Validation } from "../../cache/engine.ts";
import type { ProtocolRules } from "../../coherence/protocol-rules.ts";
import { OddMessages } from "../../coherence/odd-messages.ts";
import { HistoryLog } from "../../coherence/history-log.ts";
import { Waiters } from "../../coherence/waiters.ts";
import { createCounts, type Counts } from "../../observe/counts.ts";
import { Changes } from "../changes.ts";
import type { Compressor } from "../../record/compressor.ts";
import { massInvalidate } from "./mass-invalidation.ts";
import { partitionOf } from "../../coherence/partition-of.ts";
import { EngineL1 } from "./engine-l1.ts";
import { countShards, scanShards } from "./shard-walk.ts";
import { Shard, type ShardLink } from "./shard.ts";
import { SharedReader, UNAVAILABLE } from "./shared-reader.ts";
import { SharedWriter } from "./shared-writer.ts";
import type { Siblings } from "../siblings.ts";
import type { Target } from "../../coherence/target.ts";
import type {
  Condition,
  Draft,
  FillWish,
  InvalidateResult,
  Operation,
  ReadResult,
  RemoveResult,
  ScanPage,
  Step,
  StepResult,
  Store,
  Unavailable,
  WriteResult,
} from "../store.ts";
import type { Version } from "../../record/version.ts";

export interface SharedStoreOptions<M> {
  readonly createEngine: (validation: Validation<M>) => Engine<M>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly compressor: Compressor;
  readonly log: Log;
  /** Names this instance in its messages. */
  readonly origin: string;
  /** One for each partition. */
  readonly links: readonly ShardLink[];
  readonly staleMaxMs: number;
  readonly staleIfErrorMs: number;
  readonly l2TimeoutMs: number;
  readonly rules?: ProtocolRules;
  /** Other workers of this instance that share its L2. */
  readonly siblings: Siblings | undefined;
  /** Where it counts what L2 and the bus do; its own unless given. */
  readonly counts?: Counts;
}

export class SharedStore<M> implements Store<M> {
  readonly engine: Engine<M>;
  readonly isEmbedded = false;
  readonly shards: readonly Shard[];
  readonly reader: SharedReader<M>;
  readonly writer: SharedWriter<M>;
  readonly changes = new Changes();
  readonly #options: SharedStoreOptions<M>;
  readonly #waiters: Waiters;

  constructor(options: SharedStoreOptions<M>) {
    const { clock, timers, links, createEngine } = options;
    this.#options = options;
    const counts = options.counts ?? createCounts();
    this.#waiters = new Waiters(timers);
    const l1 = new EngineL1<M>({ createEngine, partitions: links.length, clock, timers });
    const { engine } = l1;
    const waiters = this.#waiters;
    const oddMessages = new OddMessages(options.log, clock);
    this.engine = engine;
    this.shards = links.map((link, index) => {
      const state = new UpOrDown();
      const historyLog = new HistoryLog(options.log, index);
      const shard: Shard = new Shard({
        ...options,
        counts,
        link,
        index,
        siblings: options.siblings,
        rules: options.rules,
        resident: l1.partitions[index]!,
        onChange: (key) => {
          waiters.changed(key);
          if (key === undefined) this.changes.mass({ kind: "all" });
          else this.changes.key(key);
        },
        onTick: (reading, isFirst) => {
          shard.l2.reset();
          historyLog.look(reading.epoch, shard.partition.flushes, isFirst);
          if (isFirst) state.up(() => options.log.info("coherence_proven", { partition: index }));
        },
        onOdd: (kind) => oddMessages.note(kind),
        onDown: (reason) =>
          state.down(() =>
            options.log.warn("coherence_down", { partition: index, reason: messageOf(reason) }),
          ),
      });
      return shard;
    });
    this.reader = new SharedReader({
      ...options,
      counts,
      engine,
      waiters,
      shardOf: (key) => this.#shardOf(key),
      discard: (shard, key, version) =>
        void this.writer.removeKeys(shard, [key], { kind: "version", version }),
    });
    options.siblings?.listen(({ partition, target, version }) =>
      this.shards[partition]?.partition.endChange(target, version),
    );
    this.writer = new SharedWriter({ ...options, counts, engine });
  }

  start(): void {
    for (const shard of this.shards) shard.start();
  }

  isFresh(nowMs: number): boolean {
    for (let i = 0; i < this.shards.length; i++) {
      if (nowMs >= this.shards[i]!.partition.freshUntilMs) return false;
    }
    return true;
  }

  /** Engine time until which every partition is proven. */
  get freshUntilMs(): number {
    let until = this.shards[0]!.partition.freshUntilMs;
    for (let i = 1; i < this.shards.length; i++) {
      until = Math.min(until, this.shards[i]!.partition.freshUntilMs);
    }
    return until;
  }

  versionOf(entry: Entry<M>): Version {
    return { epoch: this.#shardOf(entry.key).partition.epoch, n: entry.version };
  }

  read(
    key: string,
    nowMs: number,
    minVersion?: Version,
    wish?: FillWish,
  ): ReadResult<M> | Promise<ReadResult<M>> {
    return this.reader.read(key, nowMs, minVersion, wish);
  }

  /** Never: a write is done only once L2 has it. */
  writePlain(): boolean {
    return false;
  }

  write(key: string, draft: Draft, condition?: Condition): Promise<WriteResult> {
    return this.writer.write(this.#shardOf(key), key, draft, condition);
  }

  remove(key: string, condition?: Condition): Promise<RemoveResult> {
    return this.writer.remove(this.#shardOf(key), key, condition);
  }

  async commit(step: Step): Promise<StepResult> {
    const keys = new Set([...step.read.keys(), ...step.written.keys()]);
    const shards = new Set(Array.from(keys, (key) => this.#shardOf(key)));
    const [shard] = shards;
    if (shards.size !== 1 || keys.size > STEP_KEYS_MAX) return { kind: "apart" };
    return this.writer.commit(shard!, step);
  }

  batch(operations: readonly Operation[]): Promise<readonly (ReadResult<M> | WriteResult | RemoveResult)[]> {
    const wanted = new Set(operations.filter(({ kind }) => kind === "get").map(({ key }) => key));
    const reads = this.reader.readAll(wanted, this.#options.clock.nowMs());
    return Promise.all(
      operations.map((operation) => {
        switch (operation.kind) {
          case "get":
            return reads.get(operation.key)!;
          case "set":
            return this.write(operation.key, operation.draft);
          case "delete":
            return this.remove(operation.key);
        }
      }),
    );
  }

  async invalidate(target: Target, owner: string): Promise<InvalidateResult> {
    const { timers, origin } = this.#options;
    const { shards, writer } = this;
    if (target.kind !== "keys") return massInvalidate({ shards, timers, origin, writer }, target, owner);
    const byShard = Map.groupBy(new Set(target.keys), (key) => this.#shardOf(key));
    const removals = [...byShard].map(([shard, keys]) => writer.removeKeys(shard, keys, undefined));
    let count = 0;
    for (const result of await Promise.all(removals)) {
      if (result.kind !== "done") return UNAVAILABLE;
      count += result.present;
    }
    return { kind: "invalidated", count };
  }

  async releaseLease(key: string, token: string): Promise<"released" | "gone" | Unavailable> {
    try {
      const { released } = await this.#shardOf(key).l2.call("releaseLease", { key, token });
      if (released) this.#waiters.changed(key);
      return released ? "released" : "gone";
    } catch {
      return UNAVAILABLE;
    }
  }

  scan(cursor: string, count: number, prefix: string): Promise<ScanPage | Unavailable> {
    return scanShards(this.shards, cursor, count, prefix);
  }

  count(): Promise<number | Unavailable> {
    return countShards(this.shards, this.#options.clock);
  }

  async close(): Promise<void> {
    for (const shard of this.shards) shard.stop();
    await this.#options.compressor.idle();
  }

  #shardOf(key: string): Shard {
    return this.shards[partitionOf(key, this.shards.length)]!;
  }
}
