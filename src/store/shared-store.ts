// The store of an instance that shares its truth: L1 in front, L2 as the truth, the bus to keep the one like the other.

import type { Clock } from "../base/clock.ts";
import { RETRY_AFTER_MS, TICK_STEPS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { Engine, EngineOptions, Entry } from "../cache/engine.ts";
import type { Flight, Landed, Landing } from "../coherence/flights.ts";
import type { Resident } from "../coherence/partition.ts";
import type { Rules } from "../coherence/rules.ts";
import { IDENTITY } from "./coding.ts";
import type { Compressor, Variants } from "./compressor.ts";
import { decodeEnvelope } from "./envelope.ts";
import type { L2Done, L2Read } from "./l2.ts";
import { encodeRecord, etagOf, hashOf, RecordView, stampRecord } from "./record.ts";
import { partitionOf } from "./redis-names.ts";
import { Shard, type ShardLink } from "./shard.ts";
import { massInvalidate } from "./mass-invalidation.ts";
import type {
  Condition,
  Draft,
  InvalidateResult,
  Operation,
  ReadResult,
  RemoveResult,
  Store,
  Target,
  Unavailable,
  WriteResult,
} from "./store.ts";
import type { Version } from "./version.ts";
import type { Watermarks } from "./watermarks.ts";

export interface SharedStoreOptions<M> {
  readonly createEngine: (isValid: NonNullable<EngineOptions<M>["isValid"]>) => Engine<M>;
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
  readonly rules?: Rules;
}

const UNAVAILABLE: Unavailable = { kind: "unavailable", retryAfterMs: RETRY_AFTER_MS };

export class SharedStore<M> implements Store<M> {
  readonly engine: Engine<M>;
  readonly shards: readonly Shard[];
  hits = 0;
  misses = 0;
  sent = 0;
  readonly #options: SharedStoreOptions<M>;
  readonly #clock: Clock;
  #isSweeping = false;

  constructor(options: SharedStoreOptions<M>) {
    this.#options = options;
    this.#clock = options.clock;
    this.engine = options.createEngine((entry) => this.#isValid(entry));
    const { clock, timers, origin, staleMaxMs, l2TimeoutMs, rules } = options;
    const shared = { clock, timers, origin, staleMaxMs, l2TimeoutMs, rules };
    this.shards = options.links.map((link, index) => {
      const shard: Shard = new Shard({
        ...shared,
        link,
        resident: (marks) => this.#resident(marks),
        onChange: () => {},
        onTick: (isFirst) => {
          shard.l2.reset();
          if (isFirst) options.log.info("coherence_proven", { partition: index });
        },
        onDown: (reason) =>
          options.log.warn("coherence_down", {
            partition: index,
            reason: reason instanceof Error ? reason.message : String(reason),
          }),
      });
      return shard;
    });
  }

  start(): void {
    for (const shard of this.shards) shard.start();
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

  read(key: string, nowMs: number, minVersion?: Version): ReadResult<M> | Promise<ReadResult<M>> {
    const shard = this.#shardOf(key);
    const { partition } = shard;
    if (nowMs < partition.freshUntilMs) {
      const entry = this.engine.get(key, nowMs);
      if (
        entry !== undefined &&
        (minVersion === undefined || partition.satisfies(entry.version, minVersion))
      ) {
        return { kind: "found", entry, version: this.versionOf(entry), tier: "l1", stale: false };
      }
    }
    const joined =
      minVersion === undefined ? partition.flights.joinable(key, nowMs, this.#options.staleMaxMs) : undefined;
    const flight = joined ?? this.#launch(shard, [key], nowMs)[0]!;
    return this.#arrive(key, flight, minVersion);
  }

  async write(key: string, draft: Draft, condition?: Condition): Promise<WriteResult> {
    const { compressor, origin } = this.#options;
    const shard = this.#shardOf(key);
    const { partition } = shard;
    const hash = hashOf(draft.body, draft.contentType);
    const ttlMs = draft.ttlMs ?? Number.POSITIVE_INFINITY;
    const expiresAtWallMs = this.#clock.wallMs() + ttlMs;
    const encode = (variants: Variants) => encodeRecord({ ...draft, expiresAtWallMs, n: 0, hash, variants });
    const variants = compressor.inline(draft.contentType, draft.body);
    const record = encode(variants ?? [draft.body]);
    const write = partition.beginWrite(key);
    const sentMs = this.#clock.nowMs();
    const notAfterMs = this.#notAfterMs(shard, sentMs);
    let reply;
    try {
      reply = await shard.l2.call("set", { key, record, ttlMs, staleMs: 0, condition, origin, notAfterMs });
    } catch {
      partition.failWrite(write);
      return UNAVAILABLE;
    }
    if (reply.kind !== "done") {
      partition.writes.end(write);
      return reply.kind === "late" ? UNAVAILABLE : { kind: "failed_condition" };
    }
    this.sent += 1;
    const { epoch, n } = reply;
    const expiresAtMs = sentMs + ttlMs;
    if (partition.endWrite(write, reply)) this.#install(key, record, n, expiresAtMs, expiresAtWallMs);
    if (variants === undefined) {
      compressor.enqueue(draft.body, (made) => {
        if (made.every((variant, coding) => coding === IDENTITY || variant === undefined)) return;
        void this.#addVariants(shard, { key, epoch, n, record: encode(made) }, expiresAtMs, expiresAtWallMs);
      });
    }
    return {
      kind: "written",
      created: reply.present === 0,
      etag: etagOf(hash, IDENTITY),
      version: { epoch, n },
    };
  }

  async remove(key: string, condition?: Condition): Promise<RemoveResult> {
    const removed = await this.#removeKeys(this.#shardOf(key), [key], condition);
    if (removed.kind !== "done") return removed;
    if (removed.present === 0) return { kind: "miss" };
    return { kind: "removed", version: { epoch: removed.epoch, n: removed.n } };
  }

  async batch(
    operations: readonly Operation[],
  ): Promise<readonly (ReadResult<M> | WriteResult | RemoveResult)[]> {
    const nowMs = this.#clock.nowMs();
    const flights = this.#launchBatch(operations, nowMs);
    return Promise.all(
      operations.map((operation) => {
        switch (operation.kind) {
          case "get": {
            const flight = flights.get(operation.key);
            return flight instanceof Object && "key" in flight
              ? this.#arrive(operation.key, flight, undefined)
              : flight!;
          }
          case "set":
            return this.write(operation.key, operation.draft);
          case "delete":
            return this.remove(operation.key);
        }
      }),
    );
  }

  async invalidate(target: Target): Promise<InvalidateResult> {
    if (target.kind !== "keys") {
      return massInvalidate(
        {
          shards: this.shards,
          clock: this.#clock,
          timers: this.#options.timers,
          origin: this.#options.origin,
        },
        target,
        (shard, nowMs) => this.#notAfterMs(shard, nowMs),
      );
    }
    const byShard = Map.groupBy(new Set(target.keys), (key) => this.#shardOf(key));
    const results = await Promise.all(
      [...byShard].map(([shard, keys]) => this.#removeKeys(shard, keys, undefined)),
    );
    let count = 0;
    for (const result of results) {
      if (result.kind !== "done") return UNAVAILABLE;
      count += result.present;
    }
    return { kind: "invalidated", count };
  }

  async close(): Promise<void> {
    for (const shard of this.shards) shard.stop();
    await this.#options.compressor.idle();
  }

  #shardOf(key: string): Shard {
    return this.shards[partitionOf(key, this.shards.length)]!;
  }

  /** L2's own time after which a write sent now must not begin, for then its caller has been told that it failed. */
  #notAfterMs(shard: Shard, nowMs: number): number {
    const atMs = shard.partition.redisTimeAtLeastMs(nowMs + this.#options.l2TimeoutMs);
    return Number.isNaN(atMs) ? Number.POSITIVE_INFINITY : atMs;
  }

  /** Begins a flight for each key; all of them are one call. */
  #launch(shard: Shard, keys: readonly string[], nowMs: number): Flight[] {
    const { partition } = shard;
    const flights = keys.map((key) => partition.beginFill(key, nowMs));
    const reading = shard.l2.call("read", { keys, lease: undefined });
    for (const [index, flight] of flights.entries()) {
      flight.result = reading.then(
        (read) => this.#land(shard, flight, read, index, nowMs),
        (thrown: unknown) => {
          partition.failFill(flight);
          throw thrown;
        },
      );
      flight.result.catch(() => {});
    }
    return flights;
  }

  /** What each key that is got finds in L1, or the flight that fetches it. */
  #launchBatch(operations: readonly Operation[], nowMs: number): Map<string, ReadResult<M> | Flight> {
    const found = new Map<string, ReadResult<M> | Flight>();
    const absent = new Map<Shard, string[]>();
    for (const { kind, key } of operations) {
      if (kind !== "get" || found.has(key)) continue;
      const shard = this.#shardOf(key);
      const entry = nowMs < shard.partition.freshUntilMs ? this.engine.get(key, nowMs) : undefined;
      if (entry !== undefined) {
        found.set(key, this.#copied(entry, false));
        continue;
      }
      const keys = absent.get(shard);
      if (keys === undefined) absent.set(shard, [key]);
      else keys.push(key);
      found.set(key, { kind: "miss" });
    }
    for (const [shard, keys] of absent) {
      for (const flight of this.#launch(shard, keys, nowMs)) found.set(flight.key, flight);
    }
    return found;
  }

  #land(shard: Shard, flight: Flight, read: L2Read, index: number, sentMs: number): Landing {
    const landed = this.#landed(read.values[index], read, sentMs);
    const mayInstall = shard.partition.endFill(flight, landed?.n, read);
    if (landed === undefined) this.misses += 1;
    else this.hits += 1;
    if (landed !== undefined && mayInstall) {
      const { record, n, expiresAtMs } = landed;
      this.engine.set(flight.key, record, n, expiresAtMs, this.#clock.nowMs());
    }
    return { landed, isStale: false, lease: undefined, isLeased: false };
  }

  /** The record in an envelope of L2's, stamped for this process; nothing when it is none or has expired. */
  #landed(bytes: Uint8Array | undefined, read: L2Read, sentMs: number): Landed | undefined {
    const envelope = bytes === undefined ? undefined : decodeEnvelope(bytes);
    if (envelope === undefined) return undefined;
    const n = envelope.epoch === read.epoch ? envelope.n : 0;
    const remainingMs = envelope.expiresAtMs - read.timeMs;
    if (remainingMs <= 0) return undefined;
    try {
      // Checks the whole of it: L2 is outside of this process.
      void new RecordView(envelope.record);
    } catch {
      return undefined;
    }
    const nowMs = this.#clock.nowMs();
    const expiresAtMs = sentMs + remainingMs;
    stampRecord(envelope.record, n, this.#clock.wallMs() + (expiresAtMs - nowMs));
    return { epoch: read.epoch, n, expiresAtMs, record: envelope.record };
  }

  async #arrive(key: string, flight: Flight, minVersion: Version | undefined): Promise<ReadResult<M>> {
    let landing: Landing;
    try {
      landing = await flight.result!;
    } catch {
      return (minVersion === undefined ? this.#staleOf(key) : undefined) ?? UNAVAILABLE;
    }
    const { landed } = landing;
    if (landed === undefined) return { kind: "miss" };
    const { record, n, epoch, expiresAtMs } = landed;
    return {
      kind: "found",
      entry: { key, record, version: n, expiresAtMs, memo: undefined },
      version: { epoch, n },
      tier: "l2",
      stale: false,
    };
  }

  /** What L1 has of `key`, if it may be served though nothing proves it. */
  #staleOf(key: string): ReadResult<M> | undefined {
    const nowMs = this.#clock.nowMs();
    const { freshUntilMs } = this.#shardOf(key).partition;
    if (nowMs >= freshUntilMs + this.#options.staleIfErrorMs) return undefined;
    const entry = this.engine.get(key, nowMs);
    return entry === undefined ? undefined : this.#copied(entry, nowMs >= freshUntilMs);
  }

  /** A resident entry as a result that outlives changes of the engine. */
  #copied({ key, version, expiresAtMs, record }: Entry<M>, stale: boolean): ReadResult<M> {
    const entry = { key, version, expiresAtMs, memo: undefined, record: record.slice() };
    return { kind: "found", entry, version: this.versionOf(entry), tier: "l1", stale };
  }

  #install(key: string, record: Uint8Array, n: number, expiresAtMs: number, wallMs: number): void {
    stampRecord(record, n, wallMs);
    this.engine.set(key, record, n, expiresAtMs, this.#clock.nowMs());
  }

  /** Gives L2, and L1 where it is still resident, an entry's compressed variants under the version it has. */
  async #addVariants(
    shard: Shard,
    made: { key: string; epoch: string; n: number; record: Uint8Array },
    expiresAtMs: number,
    wallMs: number,
  ): Promise<void> {
    const { key, epoch, n, record } = made;
    if (shard.partition.epoch === epoch && this.engine.peek(key, this.#clock.nowMs())?.version === n) {
      this.#install(key, record, n, expiresAtMs, wallMs);
    }
    await shard.l2.call("variants", { ...made, origin: this.#options.origin }).catch(() => {});
  }

  async #removeKeys(
    shard: Shard,
    keys: readonly string[],
    condition: Condition | undefined,
  ): Promise<L2Done | { kind: "failed_condition" } | Unavailable> {
    const { partition } = shard;
    const writes = keys.map((key) => partition.beginWrite(key));
    try {
      const { origin } = this.#options;
      const notAfterMs = this.#notAfterMs(shard, this.#clock.nowMs());
      const reply = await shard.l2.call("remove", { keys, condition, origin, notAfterMs });
      if (reply.kind === "done") {
        this.sent += 1;
        for (const write of writes) partition.endWrite(write, reply);
        return reply;
      }
      for (const write of writes) partition.writes.end(write);
      return reply.kind === "late" ? UNAVAILABLE : reply;
    } catch {
      for (const write of writes) partition.failWrite(write);
      return UNAVAILABLE;
    }
  }

  #resident(marks: Watermarks): Resident {
    const { engine } = this;
    return {
      versionOf: (key) => engine.peek(key, this.#clock.nowMs())?.version,
      drop: (key) => void engine.delete(key, this.#clock.nowMs()),
      flush: () => engine.clear(),
      cover: (target, n) => this.#cover(marks, target, n),
    };
  }

  #cover(marks: Watermarks, target: Target, n: number): void {
    if (target.kind === "keys") return;
    const texts = target.kind === "tags" ? target.tags : [target.kind === "all" ? "" : target.prefix];
    const added = marks.add(target.kind === "tags" ? "tag" : "prefix", texts, n);
    if (added === undefined) this.engine.clear();
    else this.engine.suspect();
    if (!this.#isSweeping) this.#sweep();
  }

  /** Looks at every resident entry in turns, so that the marks can be forgotten. */
  #sweep(): void {
    this.#isSweeping = this.engine.tick(this.#clock.nowMs(), TICK_STEPS) >= TICK_STEPS;
    if (this.#isSweeping) this.#options.timers.after(1, () => this.#sweep());
    else for (const shard of this.shards) shard.marks.forget(Number.POSITIVE_INFINITY);
  }

  #isValid(entry: Entry<M>): boolean {
    const { marks } = this.#shardOf(entry.key);
    return marks.covering(entry.key, entry.version, () => new RecordView(entry.record).tags) === undefined;
  }
}
