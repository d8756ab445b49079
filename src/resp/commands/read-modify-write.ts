// Read-modify-write: one atomic step over every instance, by writing only over the version that was read.
//
// Connections of this instance take turns at a key, so that only other instances can be faster.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import { REWRITE_ATTEMPTS_MAX, REWRITE_PAUSE_MS_MAX } from "../../base/limits.ts";
import { collectionKind } from "../../record/collection.ts";
import { PLAIN_TYPE } from "../../record/plain-record.ts";
import { RecordView } from "../../record/record.ts";
import type { Draft, RemoveResult, WriteResult } from "../../store/store.ts";
import type { Version } from "../../record/version.ts";
import type { Call } from "./call.ts";
import { NOT_AVAILABLE, OVERTAKEN, Refusal, TOO_LARGE, WRONG_TYPE } from "../wire/refusal.ts";

/** The entry that was read, copied out of the cache. */
export interface Existing {
  readonly record: RecordView;
  readonly version: Version;
}

/** What a step decides: what to put in the entry's place (nothing: leave it), and what to answer then. */
export interface Decision<T> {
  readonly put?: Draft | "nothing";
  readonly answer: T;
}

export type Step<T> = (existing: Existing | undefined) => Decision<T> | Refusal;

/**
 * Runs `step` on the entry of `key` and carries out what it decides, if the entry is still the one it saw; else
 * anew, up to REWRITE_ATTEMPTS_MAX times. `step` may be called several times.
 */
export function readModifyWrite<T>(call: Call, key: string, step: Step<T>): MaybePromise<T | Refusal> {
  const { turns } = call.services;
  const before = turns.get(key);
  const run = () => attempt(call, key, step, 1, undefined);
  const result = before === undefined ? run() : before.then(run);
  if (!(result instanceof Promise)) return result;
  const settled = settle(result).then(() => {
    if (turns.get(key) === settled) turns.delete(key);
    return undefined;
  });
  turns.set(key, settled);
  return result;
}

/** As `readModifyWrite`, of a value that has to be a string where there is one. */
export function modifyString<T>(call: Call, key: string, step: Step<T>): MaybePromise<T | Refusal> {
  return readModifyWrite(call, key, (existing) =>
    existing !== undefined && collectionKind(existing.record.contentType) !== undefined
      ? WRONG_TYPE
      : step(existing),
  );
}

/** Waits for `result`, however it ends. */
async function settle(result: Promise<unknown>): Promise<void> {
  await Promise.allSettled([result]);
}

/** Retries with jitter after another instance was faster: each time up to 1 ms more, to REWRITE_PAUSE_MS_MAX. */
async function again<T>(run: () => MaybePromise<T>, count: number): Promise<T> {
  await Bun.sleep(Math.random() * Math.min(count, REWRITE_PAUSE_MS_MAX));
  return await run();
}

function attempt<T>(
  call: Call,
  key: string,
  step: Step<T>,
  count: number,
  stale: Version | undefined,
): MaybePromise<T | Refusal> {
  const { store, options } = call.services;
  /** What lost against another writer is older than what is wanted now. */
  const atLeast = stale === undefined ? undefined : { epoch: stale.epoch, n: stale.n + 1 };
  return after(store.read(key, options.clock.nowMs(), atLeast), (read): MaybePromise<T | Refusal> => {
    if (read.kind === "unavailable") return NOT_AVAILABLE;
    const existing =
      read.kind === "found"
        ? { record: new RecordView(read.entry.record.slice()), version: read.version }
        : undefined;
    const decision = step(existing);
    if (decision instanceof Refusal) return decision;
    if (decision.put === undefined) return decision.answer;
    return after(carryOut(call, key, decision.put, existing), (result): MaybePromise<T | Refusal> => {
      switch (result.kind) {
        case "written":
        case "removed":
          return decision.answer;
        case "miss":
        case "failed_condition":
        case "lease_lost":
          if (count >= REWRITE_ATTEMPTS_MAX) return OVERTAKEN;
          return again(() => attempt(call, key, step, count + 1, existing?.version), count);
        case "too_large":
          return TOO_LARGE;
        case "unavailable":
          return NOT_AVAILABLE;
      }
    });
  });
}

function carryOut(
  call: Call,
  key: string,
  put: Draft | "nothing",
  existing: Existing | undefined,
): MaybePromise<WriteResult | RemoveResult> {
  const { store } = call.services;
  const condition =
    existing === undefined
      ? ({ kind: "absent" } as const)
      : ({ kind: "version", version: existing.version } as const);
  return put === "nothing" ? store.remove(key, condition) : store.write(key, put, condition);
}

const NO_TAGS: readonly string[] = [];

/** A value as this lane stores it. `expiresAtWallMs`: none, and `ttlMs` counts. */
export function plainDraft(body: Uint8Array, ttlMs: number | undefined, expiresAtWallMs?: number): Draft {
  const draft = {
    body,
    contentType: PLAIN_TYPE,
    cacheControl: undefined,
    ttlMs,
    tags: NO_TAGS,
    variants: [body],
  };
  return expiresAtWallMs === undefined ? draft : { ...draft, expiresAtWallMs };
}

/** What is there with another expiry; the value and its variants stay. */
export function withExpiry({ record }: Existing, expiresAtWallMs: number): Draft {
  const { contentType, cacheControl, tags, variants, body } = record;
  return { body, contentType, cacheControl, tags, variants, ttlMs: undefined, expiresAtWallMs };
}

/** What is there with another value; type, tags and expiry stay. */
export function withBody({ record }: Existing, body: Uint8Array): Draft {
  const { contentType, cacheControl, tags, expiresAtWallMs } = record;
  return { body, contentType, cacheControl, tags, variants: [body], ttlMs: undefined, expiresAtWallMs };
}
