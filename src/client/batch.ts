// The bodies of /batch and /invalidate, and what comes back.

import type { BatchOperations, BatchResult, BatchSet } from "./cache.ts";
import { decodeValue, encodeValue } from "./values.ts";

/** Items of one request. */
const BATCH_ITEMS_MAX = 1_000;

/** `operations` in parts that one request may hold, to be sent one after another. */
export function batchParts(operations: BatchOperations): readonly BatchOperations[] {
  const { get = [], set = [], delete: removed = [] } = operations;
  if (get.length + set.length + removed.length <= BATCH_ITEMS_MAX) return [operations];
  return [
    ...partsOf(get).map((part) => ({ get: part })),
    ...partsOf(set).map((part) => ({ set: part })),
    ...partsOf(removed).map((part) => ({ delete: part })),
  ];
}

function partsOf<T>(items: readonly T[]): readonly T[][] {
  const count = Math.ceil(items.length / BATCH_ITEMS_MAX);
  return Array.from({ length: count }, (_, i) => items.slice(i * BATCH_ITEMS_MAX, (i + 1) * BATCH_ITEMS_MAX));
}

/** `operations` as JSON. */
export function batchBody(operations: BatchOperations): string {
  return JSON.stringify({ ...operations, set: operations.set?.map(itemOf) });
}

function itemOf({ key, value, ttl, tags, contentType }: BatchSet): Record<string, unknown> {
  const encoded = encodeValue(value);
  const isText = typeof encoded.body === "string";
  return {
    key,
    value: isText ? encoded.body : base64Of(encoded.body as Uint8Array),
    encoding: isText ? "utf8" : "base64",
    contentType: contentType ?? encoded.contentType,
    ...(ttl === undefined ? {} : { ttl }),
    ...(tags === undefined ? {} : { tags }),
  };
}

interface WireValue {
  readonly value: string;
  readonly encoding: "utf8" | "base64";
  readonly contentType: string;
}

interface WireResult {
  readonly get?: Readonly<Record<string, WireValue | null>>;
  readonly set?: number;
  readonly delete?: number;
}

/** The answer to a batch. */
export function batchResult(bytes: Uint8Array): BatchResult {
  const wire = JSON.parse(new TextDecoder().decode(bytes)) as WireResult;
  const get = new Map<string, unknown>();
  for (const [key, item] of Object.entries(wire.get ?? {})) {
    if (item === null) continue;
    const raw = item.encoding === "base64" ? bytesOf(item.value) : new TextEncoder().encode(item.value);
    get.set(key, decodeValue(raw, item.contentType));
  }
  return { get, set: wire.set ?? 0, deleted: wire.delete ?? 0 };
}

/** Characters made at a time: an argument list has a bound. */
const STEP = 8_192;

function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let from = 0; from < bytes.length; from += STEP) {
    binary += String.fromCharCode(...bytes.subarray(from, from + STEP));
  }
  return btoa(binary);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
