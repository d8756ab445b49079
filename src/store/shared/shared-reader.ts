// The shared store's reads: L1 while it is proven, else one flight to L2 for all who want the key.

import type { Clock } from "../../base/clock.ts";
import { LEASE_POLL_MS, LEASE_WAIT_MS_MAX, RETRY_AFTER_MS, ROOM_STEPS } from "../../base/limits.ts";
import type { Engine, Entry } from "../../cache/engine.ts";
import type { Flight, FlightResult } from "../../coherence/flights.ts";
import type { Counts } from "../../observe/counts.ts";
import type { Waiters } from "../../coherence/waiters.ts";
import { flightResultOf } from "./flight-result.ts";
import type { Shard } from "./shard.ts";
import type { FillWish, ReadResult, Unavailable } from "../store.ts";
import type { Version } from "../../record/version.ts";

export interface SharedReaderOptions<M> {
  readonly engine: Engine<M>;
  readonly clock: Clock;
  readonly waiters: Waiters;
  readonly shardOf: (key: string) => Shard;
  readonly staleMaxMs: number;
  readonly staleIfErrorMs: number;
  readonly counts: Counts;
  /** Removes what L2 has of a key under a version, for it is no entry. */
  readonly discard: (shard: Shard, key: string, version: Version) => void;
}

export const UNAVAILABLE: Unavailable = { kind: "unavailable", retryAfterMs: RETRY_AFTER_MS };

export class SharedReader<M> {
  readonly #options: SharedReaderOptions<M>;

  constructor(options: SharedReaderOptions<M>) {
    this.#options = options;
  }

  read(
    key: string,
    nowMs: number,
    min: Version | undefined,
    wish: FillWish | undefined,
  ): ReadResult<M> | Promise<ReadResult<M>> {
    const { engine, shardOf } = this.#options;
    const shard = shardOf(key);
    const { partition } = shard;
    if (nowMs < partition.freshUntilMs) {
      const entry = engine.get(key, nowMs);
      if (entry !== undefined && (min === undefined || partition.satisfies(entry.version, min))) {
        const version = { epoch: partition.epoch, n: entry.version };
        return { kind: "found", entry, version, tier: "l1", stale: false };
      }
    }
    if (min === undefined && shard.l2.isOpen) {
      // L2 is known to be down, and the tick will tell when it is not: nobody has to wait to be given a stale value.
      const stale = this.#stale(shard, key);
      if (stale !== undefined) return stale;
    }
    const fetched = this.#fetch(shard, key, nowMs, min, wish);
    return wish === undefined || wish.waitMs <= 0 ? fetched : this.#waited(key, fetched, min, wish, nowMs);
  }

  /** Reads `keys`, those that L1 lacks in one call for each partition. */
  readAll(keys: ReadonlySet<string>, nowMs: number): Map<string, Promise<ReadResult<M>>> {
    const { engine, shardOf } = this.#options;
    const results = new Map<string, Promise<ReadResult<M>>>();
    const absent = new Map<Shard, string[]>();
    for (const key of keys) {
      const shard = shardOf(key);
      const entry = nowMs < shard.partition.freshUntilMs ? engine.get(key, nowMs) : undefined;
      if (entry !== undefined) {
        results.set(key, Promise.resolve(this.#copied(shard, entry, false)));
        continue;
      }
      const group = absent.get(shard);
      if (group === undefined) absent.set(shard, [key]);
      else group.push(key);
    }
    for (const [shard, group] of absent) {
      for (const flight of this.#launch(shard, group, nowMs, undefined)) {
        results.set(flight.key, this.#arrive(shard, flight, undefined, false));
      }
    }
    return results;
  }

  #fetch(
    shard: Shard,
    key: string,
    nowMs: number,
    min: Version | undefined,
    wish: FillWish | undefined,
  ): Promise<ReadResult<M>> {
    const { flights } = shard.partition;
    // One who has seen a version may not be told what was asked before that.
    const joined = min === undefined ? flights.joinable(key, nowMs, this.#options.staleMaxMs) : undefined;
    if (joined !== undefined) return this.#arrive(shard, joined, min, false);
    const token = wish === undefined ? undefined : crypto.randomUUID();
    return this.#arrive(shard, this.#launch(shard, [key], nowMs, token)[0]!, min, true);
  }

  /** Reads again whenever the key changes, for as long as the reader would rather wait than miss. */
  async #waited(
    key: string,
    fetched: Promise<ReadResult<M>>,
    min: Version | undefined,
    wish: FillWish,
    startMs: number,
  ): Promise<ReadResult<M>> {
    const { clock, waiters, shardOf } = this.#options;
    const untilMs = startMs + Math.min(wish.waitMs, LEASE_WAIT_MS_MAX);
    for (let result = await fetched; ;) {
      const remainingMs = untilMs - clock.nowMs();
      if (result.kind !== "miss" || result.fill === undefined || result.fill.token !== undefined)
        return result;
      if (remainingMs <= 0) return result;
      if (!(await waiters.wait(key, Math.min(remainingMs, LEASE_POLL_MS)))) return result;
      result = await this.#fetch(shardOf(key), key, clock.nowMs(), min, wish);
    }
  }

  /** Begins a flight for each key; all of them are one call. */
  #launch(shard: Shard, keys: readonly string[], nowMs: number, token: string | undefined): Flight[] {
    const { partition, l2 } = shard;
    const { clock, engine } = this.#options;
    const flights = keys.map((key) => partition.beginFill(key, nowMs));
    const reading = l2.call("read", { keys, lease: token });
    for (const [index, flight] of flights.entries()) {
      flight.result = reading.then(
        (read) => {
          const result = flightResultOf(read, index, nowMs, token, clock, (version) => {
            this.#options.counts.l2BadRecords += 1;
            this.#options.discard(shard, flight.key, version);
          });
          const fetched = result.entry;
          const mayInstall = partition.endFill(flight, fetched?.n, read);
          if (fetched === undefined) this.#options.counts.l2Misses += 1;
          else this.#options.counts.l2Hits += 1;
          if (fetched !== undefined && mayInstall && !result.isStale) {
            // Room for a large record may take evicting very many: each read makes some, and the last one installs it.
            const { record, n, expiresAtMs } = fetched;
            if (engine.prepare(record.length, ROOM_STEPS)) {
              engine.set(flight.key, record, n, expiresAtMs, clock.nowMs());
            } else engine.delete(flight.key, clock.nowMs());
          }
          return result;
        },
        (thrown: unknown) => {
          partition.failFill(flight);
          throw thrown;
        },
      );
      flight.result.catch(() => {});
    }
    return flights;
  }

  async #arrive(
    shard: Shard,
    flight: Flight,
    min: Version | undefined,
    isOwner: boolean,
  ): Promise<ReadResult<M>> {
    const { key } = flight;
    let result: FlightResult;
    try {
      result = await flight.result!;
    } catch {
      return (min === undefined ? this.#stale(shard, key) : undefined) ?? UNAVAILABLE;
    }
    const { entry: fetched, lease, expired, isLeased, isStale } = result;
    if (fetched === undefined) {
      if (isOwner && lease !== undefined)
        return { kind: "miss", fill: { token: lease, retryAfterMs: 0, expired } };
      if (lease === undefined && !isLeased) return { kind: "miss" };
      return { kind: "miss", fill: { token: undefined, retryAfterMs: RETRY_AFTER_MS } };
    }
    const { record, n, epoch, expiresAtMs } = fetched;
    const entry = { key, record, version: n, expiresAtMs, memo: undefined };
    return { kind: "found", entry, version: { epoch, n }, tier: "l2", stale: isStale };
  }

  /** What L1 has of `key`, if it may be served though nothing proves it. */
  #stale(shard: Shard, key: string): ReadResult<M> | undefined {
    const { clock, engine, staleIfErrorMs } = this.#options;
    const nowMs = clock.nowMs();
    const { freshUntilMs } = shard.partition;
    if (nowMs >= freshUntilMs + staleIfErrorMs) return undefined;
    const entry = engine.get(key, nowMs);
    return entry === undefined ? undefined : this.#copied(shard, entry, nowMs >= freshUntilMs);
  }

  /** A resident entry as a result that outlives changes of the engine. */
  #copied(shard: Shard, { key, version: n, expiresAtMs, record }: Entry<M>, stale: boolean): ReadResult<M> {
    const entry = { key, version: n, expiresAtMs, memo: undefined, record: record.slice() };
    return { kind: "found", entry, version: { epoch: shard.partition.epoch, n }, tier: "l1", stale };
  }
}
