// What every lane (HTTP, RESP, WebSocket) asks of the store: reads, conditional writes, batches, invalidation.

import type { MaybePromise } from "../base/maybe-promise.ts";
import type { Engine, Entry } from "../cache/engine.ts";
import type { Target } from "../coherence/target.ts";
import type { Changes } from "./changes.ts";
import type { PlainValue } from "../record/plain-record.ts";
import type { Version } from "../record/version.ts";

/** A value on its way in, as a lane took it from its client; everything is within limits already. */
export interface Draft {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** The writer's own Cache-Control, to be given back verbatim. */
  readonly cacheControl: string | undefined;
  /** None: it does not expire. */
  readonly ttlMs: number | undefined;
  readonly tags: readonly string[];
  /** Wall-clock ms at which it expires, kept exactly; where given, `ttlMs` is not looked at. */
  readonly expiresAtWallMs?: number;
  /** Variants by CODINGS' order, `body` the first, kept as they are; without them the store makes its own. */
  readonly variants?: readonly (Uint8Array | undefined)[];
}

/** What must hold of the present entry for a write to happen. Checked and written as one step. */
export type Condition =
  | { readonly kind: "absent" }
  | { readonly kind: "present" }
  /** One of these strong ETags (of any coding) is the present entry's. */
  | { readonly kind: "etag"; readonly etags: readonly string[] }
  /** The present entry, if any, has none of these ETags (weak comparison). */
  | { readonly kind: "not_etag"; readonly etags: readonly string[] }
  | { readonly kind: "version"; readonly version: Version }
  /** The right to fill the key, which a miss gave under this token, is still held. */
  | { readonly kind: "lease"; readonly token: string };

/** L2 could not say: nothing was served and, for a write, nothing may be assumed. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly retryAfterMs: number;
}

export interface Found<M> {
  readonly kind: "found";
  readonly entry: Entry<M>;
  readonly version: Version;
  readonly tier: "l1" | "l2";
  /** Served past the proof of coherence, as CACHEE_STALE_IF_ERROR_MS allows. */
  readonly stale: boolean;
}

/** How a reader wants a miss handled: it would fill the key itself, or wait for another to. */
export interface FillWish {
  /** How long it waits, while another holds the right to fill. */
  readonly waitMs: number;
}

/** Who may fill the key that is missing. */
export interface Fill {
  /** The reader may, by a write that carries this; none: another may. */
  readonly token: string | undefined;
  /** When to ask again, for a reader who may not fill. */
  readonly retryAfterMs: number;
  /** The record that has expired and may be given out meanwhile, for the reader who fills. */
  readonly expired?: Uint8Array | undefined;
}

export interface Miss {
  readonly kind: "miss";
  /** Absent where nobody asked. */
  readonly fill?: Fill;
}

export type ReadResult<M> = Found<M> | Miss | Unavailable;

/** What the condition asks does not hold of the present entry. */
export interface FailedCondition {
  readonly kind: "failed_condition";
}

/** The right to fill under which a write came has run out, or the key or a tag put was changed since its grant. */
export interface LeaseLost {
  readonly kind: "lease_lost";
}

export type WriteResult =
  | { readonly kind: "written"; readonly created: boolean; readonly etag: string; readonly version: Version }
  | FailedCondition
  | LeaseLost
  | { readonly kind: "too_large" }
  | Unavailable;

export type RemoveResult =
  | { readonly kind: "removed"; readonly version: Version }
  | { readonly kind: "miss" }
  | FailedCondition
  | LeaseLost
  | Unavailable;

export type Operation =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "set"; readonly key: string; readonly draft: Draft }
  | { readonly kind: "delete"; readonly key: string };

/** Several keys as one step: what is written is written only if all that was read is still so. */
export interface Step {
  /** The versions that were read, by key; `undefined`: there was no entry. */
  readonly read: ReadonlyMap<string, Version | undefined>;
  /** What takes the place of entries, by key. */
  readonly written: ReadonlyMap<string, Draft | "nothing">;
}

export type StepResult =
  /** `present`: how many of the keys written had an entry before. */
  | { readonly kind: "done"; readonly version: Version; readonly present: number }
  | FailedCondition
  | { readonly kind: "too_large" }
  /** The keys lie in different partitions, or are more than STEP_KEYS_MAX: they are no one step. */
  | { readonly kind: "apart" }
  | Unavailable;

export type InvalidateResult =
  | { readonly kind: "invalidated"; readonly count: number }
  /** Its owner, or all together, have as many mass invalidations in force as are kept; nothing was done. */
  | { readonly kind: "too_many_marks"; readonly retryAfterMs: number }
  | Unavailable;

/** Some of the keys of live entries, and where the walk goes on: `0` at its end. */
export interface ScanPage {
  readonly kind: "page";
  readonly cursor: string;
  readonly keys: readonly string[];
}

/**
 * A write without a condition of a value with PLAIN_TYPE. The caller holds one object and fills it anew for each call,
 * so that a write allocates nothing.
 */
export interface PlainWrite extends PlainValue {
  /** The key, in ASCII: bytes of `source` from `keyStart` to `keyEnd`. */
  keyStart: number;
  keyEnd: number;
  /** `Infinity`: it does not expire. */
  ttlMs: number;
}

export interface Store<M> {
  readonly engine: Engine<M>;
  /** There is no L2: what L1 does not hold is nowhere, and reads and writes are answered at once. */
  readonly isEmbedded: boolean;
  /** Engine time until which L1 is proven coherent: `Infinity` with no L2. */
  readonly freshUntilMs: number;
  /** Whether at `nowMs`, engine time, a lane may answer from L1 without asking anyone. Hot. */
  isFresh(nowMs: number): boolean;
  /** Tells of every write, removal and invalidation that this instance makes or hears of. */
  readonly changes: Changes;
  /** The version of a resident entry. */
  versionOf(entry: Entry<M>): Version;
  read(
    key: string,
    nowMs: number,
    minVersion?: Version,
    wish?: FillWish,
  ): ReadResult<M> | Promise<ReadResult<M>>;
  write(key: string, draft: Draft, condition?: Condition): WriteResult | Promise<WriteResult>;
  /** Does `write` where that can be done at once and nobody is to be told; `false`: `write` it, whether it is there or not. Hot. */
  writePlain(write: PlainWrite, nowMs: number): boolean;
  remove(key: string, condition?: Condition): RemoveResult | Promise<RemoveResult>;
  /** Runs `operations` in order. One result for each, of the matching kind; a whole-batch fault is one Unavailable. */
  batch(operations: readonly Operation[]): Promise<readonly (ReadResult<M> | WriteResult | RemoveResult)[]>;
  /** Does all of `step` or nothing. One that is done without an L2 answers at once, unless workers have to wait. */
  commit(step: Step): MaybePromise<StepResult>;
  /** `owner`, an API key's name, is whom a mass invalidation counts for while it is in force. */
  invalidate(target: Target, owner: string): Promise<InvalidateResult>;
  /** Gives the right to fill `key` back before it runs out; `gone`: `token` does not hold it. */
  releaseLease(key: string, token: string): MaybePromise<"released" | "gone" | Unavailable>;
  /**
   * About `count` steps of a walk over the keys with `prefix` of the store that holds the truth, from `cursor`: `0` to
   * begin, then what the last page gave, on any connection. An entry present throughout a whole walk is seen at least
   * once, others perhaps, and some perhaps twice. A cursor is a decimal number of up to 64 bits.
   */
  scan(cursor: string, count: number, prefix: string): MaybePromise<ScanPage | Unavailable>;
  /** How many entries the store that holds the truth has; entries that lately expired may be among them. */
  count(): MaybePromise<number | Unavailable>;
  close(): Promise<void>;
}
