// What the shared store asks of one partition's shared tier: operations that are atomic there, as plain data. No code.
//
// Redis does it with scripts, the simulation in its model of Redis.

import type { MassTarget } from "../coherence/target.ts";
import type { SequenceReading } from "../coherence/bus.ts";
import type { Condition } from "./store.ts";
import type { Version } from "../record/version.ts";

export interface L2ReadRequest {
  readonly keys: readonly string[];
  /** Asks for the right to fill the one key, under this token, if it is not there. */
  readonly lease: string | undefined;
}

export interface L2Read extends SequenceReading {
  /** Envelopes in the order of the keys; none where there is no live entry. One may be past its expiry, within its
   *  stale-while-revalidate. */
  readonly values: readonly (Uint8Array | undefined)[];
  /** Whether the token asked for has the right to fill; `undefined` when none was asked for or needed. */
  readonly leased: boolean | undefined;
}

interface L2Mutation {
  readonly origin: string;
  /** L2 refuses to begin after this reading of its own clock, ms: the caller has given up by then. */
  readonly notAfterMs: number;
}

export interface L2SetRequest extends L2Mutation {
  readonly key: string;
  readonly record: Uint8Array;
  /** `Infinity` for none. */
  readonly ttlMs: number;
  /** How long past its expiry the entry is kept for readers who wait for another's fill. */
  readonly staleMs: number;
  readonly condition: Condition | undefined;
}

export interface L2RemoveRequest extends L2Mutation {
  readonly keys: readonly string[];
  /** Held against the first key. */
  readonly condition: Condition | undefined;
}

/** What one step reads and writes of a key. */
export interface L2StepPart {
  readonly key: string;
  /** What must be there: this version, nothing, or whatever there is. */
  readonly check: Version | "absent" | undefined;
  readonly put: Pick<L2SetRequest, "record" | "ttlMs" | "staleMs"> | "nothing" | undefined;
}

export interface L2StepRequest extends L2Mutation {
  readonly parts: readonly L2StepPart[];
}

export interface L2Done extends SequenceReading {
  readonly kind: "done";
  /** Live entries that were there before, of the keys written. */
  readonly present: number;
}

/** `lease_lost`: a lease that is not held any more, or since whose grant an invalidation covers what is put. */
export type L2Failure = { readonly kind: "failed_condition" } | { readonly kind: "lease_lost" };

export type L2Outcome = L2Done | L2Failure | { readonly kind: "late" };

/** `too_many_marks`: the owner, or all together, have as many marks in force as are kept; nothing was done. */
export type L2Marked = L2Done | { readonly kind: "too_many_marks" } | { readonly kind: "late" };

/** The version is that of the entry whose record is replaced. */
export interface L2VariantsRequest extends Version {
  readonly key: string;
  readonly record: Uint8Array;
  readonly origin: string;
}

export interface L2MarkRequest extends L2Mutation {
  /** Whom the marks are counted for. */
  readonly owner: string;
  readonly target: MassTarget;
}

export interface L2SweepRequest {
  /** `0` to begin; then what the last step gave. */
  readonly cursor: string;
}

export interface L2Swept {
  /** `0` when the whole partition has been looked at. */
  readonly cursor: string;
  readonly removed: number;
}

export interface L2PurgeRequest {
  readonly tags: readonly string[];
  /** `0` to begin; then what the last step gave. */
  readonly cursor: string;
}

export interface L2Purged extends L2Swept {
  /** Every entry that a mark of the tags could cover is looked at by this; else only those that an index knows. */
  readonly isWhole: boolean;
}

export interface L2ScanRequest {
  /** `0` to begin; then what the last step gave. */
  readonly cursor: string;
  /** About how many entries to look at. */
  readonly count: number;
  /** Only keys beginning with this are wanted. */
  readonly prefix: string;
}

/** Keys of live entries. One present throughout a whole walk is in it at least once. */
export interface L2Scanned {
  /** A decimal number; `0` when the whole partition has been looked at. */
  readonly cursor: string;
  readonly keys: readonly string[];
}

/** Every operation: what it is given, and what it gives. */
export interface L2Operations {
  read: { request: L2ReadRequest; reply: L2Read };
  set: { request: L2SetRequest; reply: L2Outcome };
  remove: { request: L2RemoveRequest; reply: L2Outcome };
  /** Does all parts or, where a check does not hold, nothing. */
  step: { request: L2StepRequest; reply: L2Outcome };
  variants: { request: L2VariantsRequest; reply: { readonly added: boolean } };
  mark: { request: L2MarkRequest; reply: L2Marked };
  /** Removes some entries that marks cover. */
  sweep: { request: L2SweepRequest; reply: L2Swept };
  /** Removes some entries that marks of these tags cover, at a cost by what there is to remove if that can be. */
  purge: { request: L2PurgeRequest; reply: L2Purged };
  /** Takes the marks up to number `n` off, but for such as a lease from before them may still have to meet. What they
   *  cover must have been removed. */
  forget: { request: Version; reply: { readonly forgotten: number } };
  /** Gives a right to fill back, if it is held under that token. */
  releaseLease: {
    request: { readonly key: string; readonly token: string };
    reply: { readonly released: boolean };
  };
  scan: { request: L2ScanRequest; reply: L2Scanned };
  /** Counts entries, some at a time: from cursor `0` on until it comes back. */
  count: {
    request: { readonly cursor: string };
    reply: { readonly cursor: string; readonly count: number };
  };
}

export type L2Operation = keyof L2Operations;

export interface L2 {
  /** Runs one operation; rejects with `L2Error` when it cannot say what came of it. Calls made in one turn of the
   *  event loop run in their order and cost one round trip together. */
  call<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): Promise<L2Operations[O]["reply"]>;
}
