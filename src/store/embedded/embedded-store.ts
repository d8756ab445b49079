// The store with no L2: L1 is the truth, one process writes it, and every operation is done when it returns.

import type { Engine, Entry, PutRequest } from "../../cache/engine.ts";
import type { Clock } from "../../base/clock.ts";
import { INVALIDATE_COUNT_MS_MAX, RETRY_AFTER_MS } from "../../base/limits.ts";
import { Changes } from "../changes.ts";
import type { Compressor, Variants } from "../../record/compressor.ts";
import { holds } from "../condition.ts";
import { plainRecordBytes, writePlainRecord } from "../../record/plain-record.ts";
import { encodeRecord, RecordScratch, RecordView } from "../../record/record.ts";
import { hashOf } from "../../record/etag.ts";
import { systemTimers } from "../../base/timers.ts";
import { release } from "../../base/bytes/release.ts";
import { ownedResult } from "../owned-result.ts";
import type { MassTarget, Target } from "../../coherence/target.ts";
import type {
  Condition,
  Draft,
  FailedCondition,
  FillWish,
  InvalidateResult,
  LeaseLost,
  Operation,
  PlainWrite,
  ReadResult,
  RemoveResult,
  ScanPage,
  Step,
  StepResult,
  Store,
  WriteResult,
} from "../store.ts";
import type { Version } from "../../record/version.ts";
import { MarkedEngine } from "../marks/marked-engine.ts";
import { staleWhileRevalidateMs } from "../stale-while-revalidate.ts";
import type { EmbeddedStoreOptions } from "./embedded-store-options.ts";
import { Fills } from "./fills.ts";
import type { Commons } from "./commons.ts";
import { OwnCommons } from "./own-commons.ts";
import { commitStep } from "./commit-step.ts";
import { Written } from "./written.ts";

const NO_TAGS: readonly string[] = [];

export class EmbeddedStore<M> implements Store<M> {
  readonly engine: Engine<M>;
  readonly isEmbedded: boolean;
  readonly freshUntilMs = Number.POSITIVE_INFINITY;
  readonly changes = new Changes();
  readonly #clock: Clock;
  readonly #compressor: Compressor;
  readonly #epoch: string;
  readonly #marked: MarkedEngine<M>;
  readonly #scratch = new RecordScratch();
  readonly #fills: Fills<M>;
  /** Filled anew for each `writePlain`. */
  readonly #put: PutRequest = {
    source: new Uint8Array(0),
    keyStart: 0,
    keyEnd: 0,
    recordBytes: 0,
    nextVersion: () => (this.#commons.isQuiet ? this.#commons.nextN() : 0),
    version: 0,
    expiresAtMs: 0,
  };
  readonly #isCovered = (key: string, n: number, tagsOf: () => readonly string[]): boolean =>
    this.#marked.isCovered(0, key, n, tagsOf);
  readonly #commons: Commons;

  constructor(options: EmbeddedStoreOptions<M>) {
    this.#clock = options.clock;
    this.#compressor = options.compressor;
    this.#epoch = options.epoch;
    this.isEmbedded = options.commons === undefined;
    this.#commons = options.commons ?? new OwnCommons(options.n);
    this.#fills = new Fills({
      clock: options.clock,
      epoch: options.epoch,
      commons: this.#commons,
      read: options.readAgain ?? ((key, nowMs, wish) => this.read(key, nowMs, undefined, wish)),
    });
    this.#marked = new MarkedEngine({
      ...options,
      partitions: 1,
      timers: systemTimers,
      oldestLeaseN: () => this.#fills.oldestN(),
    });
    this.engine = this.#marked.engine;
  }

  isFresh(): boolean {
    return true;
  }

  versionOf(entry: Entry<M>): Version {
    return { epoch: this.#epoch, n: entry.version };
  }

  /** Of the last write. */
  get lastVersion(): Version {
    return { epoch: this.#epoch, n: this.#commons.n };
  }

  read(
    key: string,
    nowMs: number,
    _minVersion?: Version,
    wish?: FillWish,
  ): ReadResult<M> | Promise<ReadResult<M>> {
    const result = this.#look(key, nowMs);
    if (result.kind !== "miss" || wish === undefined) return result;
    return this.#fills.miss(key, nowMs, this.#commons.n, wish);
  }

  #look(key: string, nowMs: number): ReadResult<M> {
    const entry = this.engine.get(key, nowMs);
    if (entry === undefined) return { kind: "miss" };
    return { kind: "found", entry, version: this.versionOf(entry), tier: "l1", stale: false };
  }

  #changed(key: string): void {
    this.#fills.changed(key);
    this.changes.key(key);
  }

  write(key: string, draft: Draft, condition?: Condition): WriteResult {
    const nowMs = this.#clock.nowMs();
    const present = this.engine.peek(key, nowMs);
    const failure = condition && this.#failure(condition, key, draft.tags, present);
    if (failure !== undefined) return failure;
    const created = present === undefined;
    const n = this.#commons.nextN();
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
    const staleMs = isStored ? staleWhileRevalidateMs(draft) : 0;
    const copy = staleMs > 0 ? record.slice() : undefined;
    release(record);
    if (!isStored) return { kind: "too_large" };
    this.#changed(key);
    if (copy !== undefined) {
      this.#fills.keep(key, { record: copy, n, expiresAtMs, keptUntilMs: expiresAtMs + staleMs }, nowMs);
    }
    if (variants !== undefined) {
      release(draft.body);
    } else {
      this.#compressor.enqueue(draft.body, (made) => {
        const laterMs = this.#clock.nowMs();
        if (!this.engine.hold(key)) return;
        if (this.engine.peek(key, laterMs)?.version === n) {
          const whole = encode(made);
          this.engine.set(key, whole, n, expiresAtMs, laterMs);
          for (const bytes of [whole, ...made]) if (bytes !== undefined) release(bytes);
        }
        this.engine.letGo();
      });
    }
    return new Written(created, hash, { epoch: this.#epoch, n });
  }

  writePlain(write: PlainWrite, nowMs: number): boolean {
    if (!this.changes.isQuiet || !this.#fills.isIdle) return false;
    const { ttlMs } = write;
    const put = this.#put;
    put.source = write.source;
    put.keyStart = write.keyStart;
    put.keyEnd = write.keyEnd;
    put.recordBytes = plainRecordBytes(write.valueEnd - write.valueStart);
    put.expiresAtMs = nowMs + ttlMs;
    const span = this.engine.put(put, nowMs);
    if (span === undefined) return false;
    const expiresAtWallMs = ttlMs === Number.POSITIVE_INFINITY ? ttlMs : this.#clock.wallMs() + ttlMs;
    writePlainRecord(span.bytes, span.start, put.version, expiresAtWallMs, write);
    this.engine.commit();
    // Who began to listen meanwhile may have read what was there before: the write is to be done again, and told.
    return this.#commons.isQuiet;
  }

  remove(key: string, condition?: Condition): RemoveResult {
    const nowMs = this.#clock.nowMs();
    const present = this.engine.peek(key, nowMs);
    const failure = condition && this.#failure(condition, key, NO_TAGS, present);
    if (failure !== undefined) return failure;
    this.#changed(key);
    if (present === undefined) return { kind: "miss" };
    const n = this.#commons.nextN();
    this.engine.delete(key, nowMs);
    return { kind: "removed", version: { epoch: this.#epoch, n } };
  }

  commit(step: Step): StepResult {
    return commitStep(this, step, this.#clock.nowMs());
  }

  async batch(
    operations: readonly Operation[],
  ): Promise<readonly (ReadResult<M> | WriteResult | RemoveResult)[]> {
    return operations.map((operation) => {
      const { key } = operation;
      if (operation.kind === "get") return ownedResult(this.#look(key, this.#clock.nowMs()));
      return operation.kind === "set" ? this.write(key, operation.draft) : this.remove(key);
    });
  }

  async invalidate(target: Target, owner: string): Promise<InvalidateResult> {
    if (target.kind !== "keys") return this.#invalidateMass(target, owner);
    const removed = target.keys.filter((key) => this.remove(key).kind === "removed");
    return { kind: "invalidated", count: removed.length };
  }

  releaseLease(key: string, token: string): "released" | "gone" {
    return this.#fills.release(key, token);
  }

  scan(cursor: string, count: number, prefix: string): ScanPage {
    const keys: string[] = [];
    const from = Number(cursor);
    const next = this.engine.scan(
      Number.isSafeInteger(from) && from >= 0 ? from : 0,
      count,
      this.#clock.nowMs(),
      ({ key }) => {
        if (key.startsWith(prefix)) keys.push(key);
      },
    );
    return { kind: "page", cursor: String(next), keys };
  }

  count(): number {
    return this.engine.stats().entries;
  }

  async close(): Promise<void> {
    await this.#compressor.idle();
  }

  /** In force before anything is awaited; what is awaited counts what goes. */
  async #invalidateMass(target: MassTarget, owner: string): Promise<InvalidateResult> {
    const { entries } = this.engine.stats();
    const n = this.#commons.nextN();
    const isDone = target.kind === "all" && this.#marked.empty(0, n);
    if (isDone) this.#fills.clear();
    const marks = isDone ? [] : this.#marked.cover(0, target, n, owner);
    if (marks === undefined) return { kind: "too_many_marks", retryAfterMs: RETRY_AFTER_MS };
    this.#fills.invalidated(this.#isCovered);
    this.changes.mass(target);
    await this.#marked.swept(INVALIDATE_COUNT_MS_MAX);
    const count = target.kind === "all" ? entries : this.#marked.removedBy(marks);
    return { kind: "invalidated", count };
  }

  /** Takes in the mass invalidations of other processes. */
  catchUp(): void {
    this.#marked.catchUp();
  }

  /** Somebody in this process waits for a key to change, or is told of changes. */
  get isAttentive(): boolean {
    return this.#fills.isAwaited || !this.changes.isQuiet;
  }

  /** Another process has made this change, and seen to what all have in common. */
  changedElsewhere(target: Target): void {
    const keys = target.kind === "keys" ? target.keys : [];
    for (const key of keys) this.#fills.changedElsewhere(key);
    for (const key of keys) this.changes.key(key);
    if (target.kind === "keys") return;
    this.#fills.changedElsewhere(undefined);
    this.changes.mass(target);
  }

  /** Why a write of `key` with `tags` under `condition` may not be done, if it may not. */
  #failure(
    condition: Condition,
    key: string,
    tags: readonly string[],
    present: Entry<M> | undefined,
  ): LeaseLost | FailedCondition | undefined {
    if (condition.kind === "lease") {
      const mayFill = this.#fills.mayFill(key, condition.token, tags, this.#isCovered);
      return mayFill ? undefined : { kind: "lease_lost" };
    }
    const isMet =
      present === undefined
        ? holds(condition, undefined)
        : holds(condition, { record: new RecordView(present.record), version: this.versionOf(present) });
    return isMet ? undefined : { kind: "failed_condition" };
  }
}
