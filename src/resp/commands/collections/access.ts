// Reads and changes a hash or a set: the one record that holds it, for commands that know only fields and members.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { collectionKind, collectionType, type CollectionKind } from "../../../record/collection.ts";
import { RecordView } from "../../../record/record.ts";
import type { Draft } from "../../../store/store.ts";
import { Refusal, TOO_LARGE, WRONG_TYPE } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import { readEntry } from "../read-entry.ts";
import { readModifyWrite, withBody } from "../read-modify-write.ts";
import { decodeHash, decodeSet, encodeHash, encodeSet, HashFields } from "./codec.ts";

/** How a kind of collection is kept. */
export interface CollectionForm<C> {
  readonly kind: CollectionKind;
  readonly empty: () => C;
  readonly sizeOf: (collection: C) => number;
  readonly encode: (collection: C) => Uint8Array;
  /** What is there at `wallMs`; `undefined`: the bytes are none. */
  readonly decode: (bytes: Uint8Array, wallMs: number) => C | undefined;
}

export const HASH: CollectionForm<HashFields> = {
  kind: "hash",
  empty: () => new HashFields(),
  sizeOf: (fields) => fields.size,
  encode: encodeHash,
  decode: decodeHash,
};

export const SET: CollectionForm<Set<string>> = {
  kind: "set",
  empty: () => new Set(),
  sizeOf: (members) => members.size,
  encode: encodeSet,
  decode: decodeSet,
};

/** Hands the collection of the call's first key to `write`: an empty one where there is none. */
export function readCollection<C>(
  call: Call,
  form: CollectionForm<C>,
  write: (collection: C) => void,
): MaybePromise<void> {
  const wallMs = call.services.options.clock.wallMs();
  return readEntry(call, call.keys[0]!, (record) => {
    const collection =
      record === undefined ? form.empty() : decodeRecord(form, new RecordView(record), wallMs);
    if (collection === undefined) return call.fail(WRONG_TYPE.text);
    write(collection);
  });
}

export function decodeRecord<C>(form: CollectionForm<C>, record: RecordView, wallMs: number): C | undefined {
  return collectionKind(record.contentType) === form.kind ? form.decode(record.body, wallMs) : undefined;
}

/** What a change comes to: `changed` where the collection is to be stored, and the answer then. */
export interface Change<T> {
  readonly changed: boolean;
  readonly answer: T;
}

/**
 * Changes the collection of `key`, the call's first one unless given, by `change`, which may be called several times, each time with a
 * collection of its own. One that is empty afterwards is removed; tags and expiry stay.
 */
export function changeCollection<C, T>(
  call: Call,
  form: CollectionForm<C>,
  change: (collection: C) => Change<T> | Refusal,
  key = call.keys[0]!,
): MaybePromise<T | Refusal> {
  const { valueBytesMax, defaultTtlMs, clock } = call.services.options;
  return readModifyWrite<T>(call, key, (existing) => {
    const collection =
      existing === undefined ? form.empty() : decodeRecord(form, existing.record, clock.wallMs());
    if (collection === undefined) return WRONG_TYPE;
    const result = change(collection);
    if (result instanceof Refusal) return result;
    const { changed, answer } = result;
    if (!changed) return { answer };
    if (form.sizeOf(collection) === 0)
      return existing === undefined ? { answer } : { put: "nothing", answer };
    const body = form.encode(collection);
    if (body.length > valueBytesMax) return TOO_LARGE;
    const put = existing === undefined ? collectionDraft(form, body, defaultTtlMs) : withBody(existing, body);
    return { put, answer };
  });
}

/** A new collection. */
export function collectionDraft<C>(
  form: CollectionForm<C>,
  body: Uint8Array,
  ttlMs: number | undefined,
): Draft {
  return {
    body,
    contentType: collectionType(form.kind),
    cacheControl: undefined,
    ttlMs,
    tags: [],
    variants: [body],
  };
}
