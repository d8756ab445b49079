// The store with no L2: L1 is the truth, one process writes it, and every operation is done when it returns.

import type { Engine, EngineOptions, Entry, PutRequest } from "../../cache/engine.ts";
import type { Clock } from "../../base/clock.ts";
import { INVALIDATE_COUNT_MS_MAX, LEASE_POLL_MS, RETRY_AFTER_MS, TICK_STEPS } from "../../base/limits.ts";
import { Changes } from "../changes.ts";
import type { Compressor, Variants } from "../../record/compressor.ts";
import { holds } from "../condition.ts";
import { plainRecordBytes, writePlainRecord } from "../../record/plain-record.ts";
import { encodeRecord, RecordScratch, RecordView } from "../../record/record.ts";
import { hashOf, etagOf } from "../../record/etag.ts";
import { IDENTITY } from "../../record/coding.ts";
import { Leases } from "../leases.ts";
import { systemTimers } from "../../base/timers.ts";
import { release } from "../../base/release.ts";
import { Waiters } from "../../coherence/waiters.ts";
import { ownedResult } from "../owned-result.ts";
import type { Target } from "../../coherence/target.ts";
import type {
  Condition,
  Draft,
  FillWish,
  InvalidateResult,
  Operation,
  PlainWrite,
  ReadResult,
  RemoveResult,
  Store,
  WriteResult,
} from "../store.ts";
import type { Version } from "../../record/version.ts";
import { Watermarks } from "../watermarks.ts";

export interface EmbeddedStoreOptions<M> {
  /** Makes the engine around the store's own check of watermarks. */
  readonly createEngine: (isValid: NonNullable<EngineOptions<M>["isValid"]>) => Engine<M>;
  readonly clock: Clock;
  readonly compressor: Compressor;
  /** The epoch of every version that this store gives. */
  readonly epoch: string;
}

const NO_WAIT: FillWish = { waitMs: 0 };

export class EmbeddedStore<M> implements Store<M> {
  readonly engine: Engine<M>;
  readonly isEmbedded = true;
  readonly freshUntilMs = Number.POSITIVE_INFINITY;
  readonly changes = new Changes();
  readonly #clock: Clock;
  readonly #compressor: Compressor;
  readonly #epoch: string;
  readonly #marks = new Watermarks();
  readonly #scratch = new RecordScratch();
  readonly #leases = new Leases();
  readonly #waiters = new Waiters(systemTimers);
  /** Filled anew for each `writePlain`. */
  readonly #put: PutRequest = {
    source: new Uint8Array(0),
    keyStart: 0,
    keyEnd: 0,
    recordBytes: 0,
    version: 0,
    expiresAtMs: 0,
  };
  #n = 0;

  constructor(options: EmbeddedStoreOptions<M>) {
    this.#clock = options.clock;
    this.#compressor = options.compressor;
    this.#epoch = options.epoch;
    this.engine = options.createEngine((entry) => this.#isValid(entry));
  }

  isFresh(): boolean {
    return true;
  }

  versionOf(entry: Entry<M>): Version {
    return { epoch: this.#epoch, n: entry.version };
  }

  read(
    key: string,
    nowMs: number,
    _minVersion?: Version,
    wish?: FillWish,
  ): ReadResult<M> | Promise<ReadResult<M>> {
    const result = this.#look(key, nowMs);
    if (result.kind !== "miss" || wish === undefined) return result;
    const token = crypto.randomUUID();
    if (this.#leases.take(key, token, nowMs)) return { kind: "miss", fill: { token, retryAfterMs: 0 } };
    if (wish.waitMs > 0) return this.#waited(key, nowMs + wish.waitMs);
    return { kind: "miss", fill: { token: undefined, retryAfterMs: RETRY_AFTER_MS } };
  }

  #look(key: string, nowMs: number): ReadResult<M> {
    const entry = this.engine.get(key, nowMs);
    if (entry === undefined) return { kind: "miss" };
    return { kind: "found", entry, version: this.versionOf(entry), tier: "l1", stale: false };
  }

  /** Looks again whenever the key changes, until `untilMs`. */
  async #waited(key: string, untilMs: number): Promise<ReadResult<M>> {
    for (;;) {
      const remainingMs = untilMs - this.#clock.nowMs();
      if (remainingMs > 0) await this.#waiters.wait(key, Math.min(remainingMs, LEASE_POLL_MS));
      const nowMs = this.#clock.nowMs();
      const result = await this.read(key, nowMs, undefined, NO_WAIT);
      const isHeldByAnother = result.kind === "miss" && result.fill?.token === undefined;
      if (!isHeldByAnother || nowMs >= untilMs) return ownedResult(result);
    }
  }

  #changed(key: string): void {
    this.#leases.drop(key);
    this.#waiters.changed(key);
    this.changes.key(key);
  }

  write(key: string, draft: Draft, condition?: Condition): WriteResult {
    const nowMs = this.#clock.nowMs();
    const present = this.engine.peek(key, nowMs);
    if (condition !== undefined && !this.#holds(condition, key, present)) return { kind: "failed_condition" };
    const created = present === undefined;
    const n = this.#n + 1;
    const hash = hashOf(draft.body, draft.contentType);
    const wallMs = this.#clock.wallMs();
    const expiresAtWallMs = draft.expiresAtWallMs ?? wallMs + (draft.ttlMs ?? Number.POSITIVE_INFINITY);
    const expiresAtMs = nowMs + (expiresAtWallMs - wallMs);
    const { contentType, cacheControl, tags } = draft;
    const encode = (variants: Variants) =>
      encodeRecord({ contentType, cacheControl, tags, expiresAtWallMs, n, hash, variants }, this.#scratch);
    const variants = draft.variants ?? this.#compressor.inline(draft.contentType, draft.body);
    const record = encode(variants ?? [draft.body]);
    const isStored = this.engine.set(key, record, n, expiresAtMs, nowMs);
    release(record);
    if (!isStored) return { kind: "too_large" };
    this.#n = n;
    this.#changed(key);
    if (variants !== undefined) {
      release(draft.body);
    } else {
      this.#compressor.enqueue(draft.body, (made) => {
        const laterMs = this.#clock.nowMs();
        if (this.engine.peek(key, laterMs)?.version !== n) return;
        const whole = encode(made);
        this.engine.set(key, whole, n, expiresAtMs, laterMs);
        for (const bytes of [whole, ...made]) if (bytes !== undefined) release(bytes);
      });
    }
    return new Written(created, hash, { epoch: this.#epoch, n });
  }

  writePlain(write: PlainWrite, nowMs: number): boolean {
    if (!this.changes.isQuiet || !this.#leases.isEmpty || !this.#waiters.isEmpty) return false;
    const { ttlMs } = write;
    const n = this.#n + 1;
    const put = this.#put;
    put.source = write.source;
    put.keyStart = write.keyStart;
    put.keyEnd = write.keyEnd;
    put.recordBytes = plainRecordBytes(write.valueEnd - write.valueStart);
    put.version = n;
    put.expiresAtMs = nowMs + ttlMs;
    const span = this.engine.put(put, nowMs);
    if (span === undefined) return false;
    const expiresAtWallMs = ttlMs === Number.POSITIVE_INFINITY ? ttlMs : this.#clock.wallMs() + ttlMs;
    writePlainRecord(span.bytes, span.start, n, expiresAtWallMs, write);
    this.#n = n;
    return true;
  }

  remove(key: string, condition?: Condition): RemoveResult {
    const nowMs = this.#clock.nowMs();
    const present = this.engine.peek(key, nowMs);
    if (condition !== undefined && !this.#holds(condition, key, present)) return { kind: "failed_condition" };
    this.#changed(key);
    if (present === undefined) return { kind: "miss" };
    this.engine.delete(key, nowMs);
    this.#n += 1;
    return { kind: "removed", version: { epoch: this.#epoch, n: this.#n } };
  }

  async batch(
    operations: readonly Operation[],
  ): Promise<readonly (ReadResult<M> | WriteResult | RemoveResult)[]> {
    return operations.map((operation) => {
      switch (operation.kind) {
        case "get":
          return ownedResult(this.#look(operation.key, this.#clock.nowMs()));
        case "set":
          return this.write(operation.key, operation.draft);
        case "delete":
          return this.remove(operation.key);
      }
    });
  }

  async invalidate(target: Target): Promise<InvalidateResult> {
    switch (target.kind) {
      case "keys": {
        const removed = target.keys.filter((key) => this.remove(key).kind === "removed");
        return { kind: "invalidated", count: removed.length };
      }
      case "all":
        return this.#flush();
      case "prefix":
        return this.#mark("prefix", [target.prefix]);
      case "tags":
        return this.#mark("tag", target.tags);
    }
  }

  async close(): Promise<void> {
    await this.#compressor.idle();
  }

  #flush(): InvalidateResult {
    const count = this.engine.stats().entries;
    this.#n += 1;
    this.engine.clear();
    this.changes.mass({ kind: "all" });
    return { kind: "invalidated", count };
  }

  /** The marks are in force before anything is awaited; the rest counts and reclaims, turn by turn. */
  async #mark(kind: "prefix" | "tag", texts: readonly string[]): Promise<InvalidateResult> {
    this.#n += 1;
    const n = this.#n;
    const added = this.#marks.add(kind, texts, n);
    if (added === undefined) return this.#flush();
    this.engine.revalidate();
    this.changes.mass(kind === "prefix" ? { kind, prefix: texts[0]! } : { kind: "tags", tags: texts });
    const untilMs = this.#clock.nowMs() + INVALIDATE_COUNT_MS_MAX;
    let swept = this.engine.tick(this.#clock.nowMs(), TICK_STEPS) < TICK_STEPS;
    while (!swept && this.#clock.nowMs() < untilMs) {
      await new Promise((resolve) => setImmediate(resolve));
      swept = this.engine.tick(this.#clock.nowMs(), TICK_STEPS) < TICK_STEPS;
    }
    if (swept) this.#marks.forget(n);
    return { kind: "invalidated", count: added.reduce((sum, mark) => sum + mark.removed, 0) };
  }

  #isValid(entry: Entry<M>): boolean {
    const mark = this.#marks.covering(entry.key, entry.version, () => new RecordView(entry.record).tags);
    if (mark === undefined) return true;
    mark.removed += 1;
    return false;
  }

  #holds(condition: Condition, key: string, present: Entry<M> | undefined): boolean {
    if (condition.kind === "lease") return this.#leases.isHeld(key, condition.token, this.#clock.nowMs());
    if (present === undefined) return holds(condition, undefined);
    return holds(condition, { record: new RecordView(present.record), version: this.versionOf(present) });
  }
}

/** A write that was done; its ETag is spelt out for those who ask. */
class Written {
  readonly kind = "written";
  readonly created: boolean;
  readonly version: Version;
  readonly #hash: bigint;

  constructor(created: boolean, hash: bigint, version: Version) {
    this.created = created;
    this.version = version;
    this.#hash = hash;
  }

  get etag(): string {
    return etagOf(this.#hash, IDENTITY);
  }
}
