// The store as one step sees it: what it reads stays as it was read, what it writes is its own until it is done. Warm.
//
// So a step runs without waiting, sees its own writes, and can be run again from the start: when it asked for an entry
// that had to be waited for, or when others wrote meanwhile what it had read.

import type { Clock } from "../../../base/clock.ts";
import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Entry } from "../../../cache/engine.ts";
import { hashOf, etagOf } from "../../../record/etag.ts";
import { IDENTITY } from "../../../record/coding.ts";
import { encodeRecord, RecordView } from "../../../record/record.ts";
import type { KeyspaceEvent } from "../pubsub/keyspace-events.ts";
import type { Version } from "../../../record/version.ts";
import { holds } from "../../../store/condition.ts";
import { ownedResult } from "../../../store/owned-result.ts";
import type {
  Condition,
  Draft,
  Found,
  Miss,
  ReadResult,
  RemoveResult,
  Step,
  StepResult,
  Store,
  Unavailable,
  WriteResult,
} from "../../../store/store.ts";

/** What a step puts in the place of an entry: nothing, or this, with the time of its expiry fixed. */
type Written = Draft | "nothing";

interface OwnEntry {
  readonly written: Written;
  readonly found: Found<unknown> | Miss;
}

type Known = Found<unknown> | Miss;

const NO_ENTRY: Miss = { kind: "miss" };
/** Versions of what the step wrote itself. */
const OWN_EPOCH = "step";

export class StepView {
  /** What is to be told once the step is done. */
  readonly events: KeyspaceEvent[] = [];
  readonly #inner: Store<unknown>;
  readonly #clock: Clock;
  readonly #seen: Map<string, Known>;
  readonly #own = new Map<string, OwnEntry>();
  readonly #awaited = new Map<string, Promise<ReadResult<unknown>>>();
  /** Versions that lost: what is read has to be newer. */
  readonly #stale: ReadonlyMap<string, Version>;
  #n = 0;

  constructor(
    inner: Store<unknown>,
    clock: Clock,
    stale: ReadonlyMap<string, Version>,
    seen = new Map<string, Known>(),
  ) {
    this.#inner = inner;
    this.#clock = clock;
    this.#stale = stale;
    this.#seen = seen;
  }

  /** What commands see of it: all that is not about single keys is not for steps. */
  get store(): Store<unknown> {
    const inner = this.#inner;
    const never = () => {
      throw new Error("not for steps");
    };
    return {
      engine: inner.engine,
      isEmbedded: true,
      freshUntilMs: 0,
      // L1 is asked by way of `read`.
      isFresh: () => false,
      changes: inner.changes,
      versionOf: (entry) => ({ epoch: OWN_EPOCH, n: entry.version }),
      read: (key, nowMs) => this.#read(key, nowMs),
      writePlain: () => false,
      write: (key, draft, condition) => this.#write(key, draft, condition),
      remove: (key, condition) => this.#remove(key, condition),
      commit: (step) => this.#commit(step),
      batch: never,
      invalidate: never,
      releaseLease: never,
      scan: never,
      count: () => inner.count(),
      close: never,
    };
  }

  /** Entries are being waited for: the run can't go on. */
  get isWaiting(): boolean {
    return this.#awaited.size > 0;
  }

  /** What the step has read and written. */
  get step(): Step {
    return {
      read: new Map(
        Array.from(this.#seen, ([key, known]) => [key, known.kind === "found" ? known.version : undefined]),
      ),
      written: new Map(Array.from(this.#own, ([key, { written }]) => [key, written])),
    };
  }

  /** Asks for `keys`, if they are not here. */
  prefetch(keys: readonly string[]): void {
    const nowMs = this.#clock.nowMs();
    for (const key of keys) void this.#read(key, nowMs);
  }

  /** Waits for what was asked for; gives the view for the next run, or nothing where it can't be had. */
  async next(): Promise<StepView | undefined> {
    for (const [key, later] of this.#awaited) {
      const result = await later;
      if (result.kind === "unavailable") return undefined;
      this.#seen.set(key, ownedResult(result) as Known);
    }
    return new StepView(this.#inner, this.#clock, this.#stale, this.#seen);
  }

  #known(key: string): Known {
    return this.#own.get(key)?.found ?? this.#seen.get(key) ?? NO_ENTRY;
  }

  #read(key: string, nowMs: number): MaybePromise<Known | Unavailable> {
    const known = this.#own.get(key)?.found ?? this.#seen.get(key);
    if (known !== undefined) return live(known, nowMs);
    const awaited = this.#awaited.get(key);
    if (awaited !== undefined) return awaited;
    const stale = this.#stale.get(key);
    const result = this.#inner.read(key, nowMs, stale && { epoch: stale.epoch, n: stale.n + 1 });
    if (result instanceof Promise) {
      this.#awaited.set(key, result);
      return result;
    }
    if (result.kind === "unavailable") return result;
    const owned = ownedResult(result) as Known;
    this.#seen.set(key, owned);
    return owned;
  }

  #write(key: string, draft: Draft, condition?: Condition): MaybePromise<WriteResult> {
    const hash = hashOf(draft.body, draft.contentType);
    const wallMs = this.#clock.wallMs();
    const expiresAtWallMs = draft.expiresAtWallMs ?? wallMs + (draft.ttlMs ?? Number.POSITIVE_INFINITY);
    // What is there matters to a condition, and to who is told whether the key is new, if it can be had at once.
    const isRead = condition !== undefined || this.#inner.isEmbedded;
    const present = isRead ? this.#read(key, this.#clock.nowMs()) : this.#known(key);
    if (present instanceof Promise) return present.then(() => ({ kind: "failed_condition" }));
    if (present.kind === "unavailable") return present;
    if (condition !== undefined && !isMet(condition, present)) return { kind: "failed_condition" };
    const version = { epoch: OWN_EPOCH, n: ++this.#n };
    const record = encodeRecord({
      ...draft,
      expiresAtWallMs,
      n: 0,
      hash,
      variants: draft.variants ?? [draft.body],
    });
    const expiresAtMs = this.#clock.nowMs() + (expiresAtWallMs - wallMs);
    const entry = { key, record, version: version.n, expiresAtMs, memo: undefined };
    this.#own.set(key, { written: { ...draft, expiresAtWallMs }, found: foundOf(entry, version) });
    return { kind: "written", created: present.kind === "miss", etag: etagOf(hash, IDENTITY), version };
  }

  /** Of a step within the step: nobody else writes to this view. */
  #commit({ written }: Step): StepResult {
    let present = 0;
    for (const [key, put] of written) {
      const known = this.#read(key, this.#clock.nowMs());
      if (!(known instanceof Promise) && known.kind === "found") present += 1;
      if (put === "nothing") void this.#remove(key);
      else void this.#write(key, put);
    }
    return { kind: "done", version: { epoch: OWN_EPOCH, n: this.#n }, present };
  }

  #remove(key: string, condition?: Condition): MaybePromise<RemoveResult> {
    const present = this.#read(key, this.#clock.nowMs());
    if (present instanceof Promise) return present.then(() => ({ kind: "miss" }));
    if (present.kind !== "found") return present;
    if (condition !== undefined && !isMet(condition, present)) return { kind: "failed_condition" };
    this.#own.set(key, { written: "nothing", found: NO_ENTRY });
    return { kind: "removed", version: { epoch: OWN_EPOCH, n: ++this.#n } };
  }
}

function foundOf(entry: Entry<unknown>, version: Version): Found<unknown> {
  return { kind: "found", entry, version, tier: "l1", stale: false };
}

function live(known: Known, nowMs: number): Known {
  return known.kind === "found" && known.entry.expiresAtMs <= nowMs ? NO_ENTRY : known;
}

function isMet(condition: Condition, present: Known): boolean {
  if (present.kind === "miss") return holds(condition, undefined);
  return holds(condition, { record: new RecordView(present.entry.record), version: present.version });
}
