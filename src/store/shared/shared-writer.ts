// The shared store's writes: acknowledged when L2 has them and has published them, and only then in L1.

import type { Clock } from "../../base/clock.ts";
import { L2_PENDING_MAX } from "../../base/limits.ts";
import type { Engine } from "../../cache/engine.ts";
import type { Counts } from "../../observe/counts.ts";
import { IDENTITY } from "../../record/coding.ts";
import type { Compressor, Variants } from "../../record/compressor.ts";
import type { L2Done, L2Failure, L2StepPart } from "../l2.ts";
import { encodeRecord, stampRecord } from "../../record/record.ts";
import { etagOf, hashOf } from "../../record/etag.ts";
import type { Version } from "../../record/version.ts";
import type { PendingWrite } from "../../coherence/pending-writes.ts";
import type { Shard } from "./shard.ts";
import { UNAVAILABLE } from "./shared-reader.ts";
import { staleWhileRevalidateMs } from "../stale-while-revalidate.ts";
import type { Condition, Draft, RemoveResult, Step, StepResult, Unavailable, WriteResult } from "../store.ts";

/** Redis takes no expiry below it. */
const TTL_MS_MIN = 1;

export interface SharedWriterOptions<M> {
  readonly engine: Engine<M>;
  readonly clock: Clock;
  readonly compressor: Compressor;
  readonly origin: string;
  readonly l2TimeoutMs: number;
  readonly counts: Counts;
}

/** An entry whose variants are being made, as it was acknowledged. */
interface Acknowledged extends Version {
  readonly key: string;
  readonly expiresAtMs: number;
  readonly expiresAtWallMs: number;
}

/** A value on its way to L2. */
interface Prepared {
  readonly key: string;
  readonly body: Uint8Array;
  readonly hash: bigint;
  readonly record: Uint8Array;
  readonly encode: (variants: Variants) => Uint8Array;
  /** It has all variants that it will have. */
  readonly isWhole: boolean;
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly expiresAtWallMs: number;
}

export class SharedWriter<M> {
  readonly #options: SharedWriterOptions<M>;

  constructor(options: SharedWriterOptions<M>) {
    this.#options = options;
  }

  async write(
    shard: Shard,
    key: string,
    draft: Draft,
    condition: Condition | undefined,
  ): Promise<WriteResult> {
    if (shard.writing.waiting >= L2_PENDING_MAX) return UNAVAILABLE;
    const result = await shard.writing.run(() => this.#write(shard, key, draft, condition));
    if (result.kind === "written") await shard.settle({ kind: "keys", keys: [key] }, result.version);
    return result;
  }

  async #write(
    shard: Shard,
    key: string,
    draft: Draft,
    condition: Condition | undefined,
  ): Promise<WriteResult> {
    const { clock, origin } = this.#options;
    const { partition, l2 } = shard;
    const prepared = this.#prepare(key, draft);
    const { hash, record, ttlMs, staleMs } = prepared;
    const write = partition.beginWrite(key);
    const sentMs = clock.nowMs();
    const notAfterMs = this.notAfterMs(shard);
    let reply;
    try {
      reply = await l2.call("set", { key, record, condition, origin, ttlMs, staleMs, notAfterMs });
    } catch {
      partition.failWrite(write);
      return UNAVAILABLE;
    }
    if (reply.kind !== "done") {
      partition.writes.end(write);
      return reply.kind === "late" ? UNAVAILABLE : reply;
    }
    this.#options.counts.invalidationsSent += 1;
    const { epoch, n } = reply;
    this.#written(shard, write, prepared, { epoch, n }, sentMs);
    const etag = etagOf(hash, IDENTITY);
    return { kind: "written", created: reply.present === 0, etag, version: { epoch, n } };
  }

  /** What is written of a key, with its expiry fixed. */
  #prepare(key: string, draft: Draft): Prepared {
    const { compressor, clock } = this.#options;
    const hash = hashOf(draft.body, draft.contentType);
    const wallMs = clock.wallMs();
    const expiresAtWallMs = draft.expiresAtWallMs ?? wallMs + (draft.ttlMs ?? Number.POSITIVE_INFINITY);
    const encode = (variants: Variants) => encodeRecord({ ...draft, expiresAtWallMs, n: 0, hash, variants });
    const variants = draft.variants ?? compressor.inline(draft.contentType, draft.body);
    return {
      key,
      body: draft.body,
      hash,
      record: encode(variants ?? [draft.body]),
      encode,
      isWhole: variants !== undefined,
      ttlMs: Math.max(TTL_MS_MIN, expiresAtWallMs - wallMs),
      staleMs: staleWhileRevalidateMs(draft),
      expiresAtWallMs,
    };
  }

  /** L2 has acknowledged `prepared` as `version`, which was sent to it at `sentMs`: L1 may have it, variants follow. */
  #written(shard: Shard, write: PendingWrite, prepared: Prepared, version: Version, sentMs: number): void {
    const { key, ttlMs, expiresAtWallMs, record, body, encode, isWhole } = prepared;
    const { epoch, n } = version;
    const made = { key, epoch, n, expiresAtMs: sentMs + ttlMs, expiresAtWallMs };
    if (shard.partition.endWrite(write, version)) this.#install(made, record);
    if (isWhole) return;
    this.#options.compressor.enqueue(body, (all) => void this.#addVariants(shard, made, all, encode));
  }

  /** All of `step`, whose keys are the shard's, or nothing. */
  async commit(shard: Shard, step: Step): Promise<StepResult> {
    if (shard.writing.waiting >= L2_PENDING_MAX) return UNAVAILABLE;
    const result = await shard.writing.run(() => this.#commit(shard, step));
    if (result.kind === "done") {
      await shard.settle({ kind: "keys", keys: [...step.written.keys()] }, result.version);
    }
    return result;
  }

  async #commit(shard: Shard, { read, written }: Step): Promise<StepResult> {
    const { clock, origin, counts } = this.#options;
    const { partition, l2 } = shard;
    const prepared = new Map<string, Prepared>();
    for (const [key, put] of written) if (put !== "nothing") prepared.set(key, this.#prepare(key, put));
    const parts = Array.from(new Set([...read.keys(), ...written.keys()]), (key): L2StepPart => {
      const check = read.has(key) ? (read.get(key) ?? "absent") : undefined;
      return { key, check, put: prepared.get(key) ?? (written.has(key) ? "nothing" : undefined) };
    });
    const writes = Array.from(written.keys(), (key) => partition.beginWrite(key));
    const sentMs = clock.nowMs();
    let reply;
    try {
      reply = await l2.call("step", { parts, origin, notAfterMs: this.notAfterMs(shard) });
    } catch {
      for (const write of writes) partition.failWrite(write);
      return UNAVAILABLE;
    }
    if (reply.kind !== "done") {
      for (const write of writes) partition.writes.end(write);
      return reply.kind === "failed_condition" ? reply : UNAVAILABLE;
    }
    counts.invalidationsSent += 1;
    const version = { epoch: reply.epoch, n: reply.n };
    for (const write of writes) {
      const put = prepared.get(write.key);
      if (put === undefined) partition.endWrite(write, version);
      else this.#written(shard, write, put, version, sentMs);
    }
    return { kind: "done", version, present: reply.present };
  }

  async remove(shard: Shard, key: string, condition: Condition | undefined): Promise<RemoveResult> {
    const removed = await this.removeKeys(shard, [key], condition);
    if (removed.kind !== "done") return removed;
    if (removed.present === 0) return { kind: "miss" };
    return { kind: "removed", version: { epoch: removed.epoch, n: removed.n } };
  }

  /** Removes keys in one step; `condition` is held against the first. */
  async removeKeys(
    shard: Shard,
    keys: readonly string[],
    condition: Condition | undefined,
  ): Promise<L2Done | L2Failure | Unavailable> {
    if (shard.writing.waiting >= L2_PENDING_MAX) return UNAVAILABLE;
    const result = await shard.writing.run(() => this.#removeKeys(shard, keys, condition));
    if (result.kind === "done") await shard.settle({ kind: "keys", keys }, result);
    return result;
  }

  async #removeKeys(
    shard: Shard,
    keys: readonly string[],
    condition: Condition | undefined,
  ): Promise<L2Done | L2Failure | Unavailable> {
    const { partition, l2 } = shard;
    const { origin } = this.#options;
    const writes = keys.map((key) => partition.beginWrite(key));
    try {
      const reply = await l2.call("remove", { keys, condition, origin, notAfterMs: this.notAfterMs(shard) });
      if (reply.kind === "done") {
        this.#options.counts.invalidationsSent += 1;
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

  /** L2's own time after which a write sent now must not begin: its caller has been told by then that it failed.
   *  Before L2's clock is known that is at once. */
  notAfterMs(shard: Shard): number {
    const { clock, l2TimeoutMs } = this.#options;
    const atMs = shard.partition.redisTimeAtLeastMs(clock.nowMs() + l2TimeoutMs);
    return Number.isNaN(atMs) ? 0 : atMs;
  }

  #install(made: Acknowledged, record: Uint8Array): void {
    stampRecord(record, made.n, made.expiresAtWallMs);
    this.#options.engine.set(made.key, record, made.n, made.expiresAtMs, this.#options.clock.nowMs());
  }

  /** Gives L2, and L1 where the entry is still resident, its compressed variants under the version that it has. */
  async #addVariants(
    shard: Shard,
    made: Acknowledged,
    variants: Variants,
    encode: (variants: Variants) => Uint8Array,
  ): Promise<void> {
    if (variants.every((variant, coding) => coding === IDENTITY || variant === undefined)) return;
    const { engine, clock, origin } = this.#options;
    const { key, epoch, n } = made;
    const record = encode(variants);
    if (shard.partition.epoch === epoch && engine.peek(key, clock.nowMs())?.version === n) {
      this.#install(made, record);
    }
    await shard.l2.call("variants", { key, epoch, n, record, origin }).catch(() => {});
  }
}
