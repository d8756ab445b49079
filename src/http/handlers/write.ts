// PUT (or POST) and DELETE of a cache entry.

import { requireScope } from "../../auth/api-key.ts";
import type { Draft, RemoveResult, Store, WriteResult } from "../../store/store.ts";
import { formatVersion } from "../../record/version.ts";
import { readDecoded } from "../request/decoded-body.ts";
import type { Context, Handler } from "../context.ts";
import { CACHE_PATH, keyOfPath } from "../../gate/key.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import type { Ready } from "../fast/ready.ts";
import { keyNotFound } from "../reply/key-not-found.ts";
import { problem, problemOf } from "../reply/problem.ts";
import { rateRefusal } from "../reply/rate-refusal.ts";
import { makeRoom } from "../../gate/make-room.ts";
import { unavailable } from "../../gate/unavailable.ts";
import { checkFieldValue, DEFAULT_CONTENT_TYPE } from "../../gate/value-fields.ts";
import { markedWithTtl } from "../request/cache-control.ts";
import {
  checkQuery,
  checkWholeAndStorable,
  conditionOf,
  leaseOf,
  tagsOf,
  ttlOf,
} from "../request/write-fields.ts";

export interface WriteOptions {
  readonly store: Store<Ready>;
  readonly rateLimit: RateLimit;
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
}

export function putHandler(options: WriteOptions): Handler {
  return async (context) => {
    const key = writableKey(context, "put");
    const refusal = rateRefusal(options.rateLimit, context, 1);
    if (refusal !== undefined) return refusal;
    const fields = draftFields(context, options.defaultTtlMs);
    const condition = conditionOf(context.request.headers);
    const body = await readDecoded(context, options.valueBytesMax, "value_too_large");
    const room = makeRoom(options.store, body.length);
    if (room !== undefined) await room;
    return written(await options.store.write(key, { ...fields, body }, condition));
  };
}

/** With x-cache-lease it gives the right to fill back, and does nothing else. */
export function deleteHandler(options: WriteOptions): Handler {
  const { store, rateLimit } = options;
  return async (context) => {
    const key = writableKey(context, "delete");
    const refusal = rateRefusal(rateLimit, context, 1);
    if (refusal !== undefined) return refusal;
    checkQuery(context.query, []);
    const { headers } = context.request;
    const token = leaseOf(headers);
    if (token === undefined) return removed(await store.remove(key, conditionOf(headers)));
    // No entry changes.
    context.change = undefined;
    const released = await store.releaseLease(key, token);
    if (released === "gone") return leaseLost();
    if (released !== "released") return problemOf(unavailable(released));
    // The miss that gave the right was paid for.
    rateLimit.giveBack(context.apiKey!, 1);
    return new Response(null, { status: 204 });
  };
}

function writableKey(context: Context, operation: "put" | "delete"): string {
  const key = keyOfPath(context.path.slice(CACHE_PATH.length));
  context.change = { operation, target: { kind: "keys", keys: [key] } };
  requireScope(context.apiKey!, "write", key);
  return key;
}

function draftFields(context: Context, defaultTtlMs: number | undefined): Omit<Draft, "body"> {
  const { headers } = context.request;
  checkQuery(context.query, ["ttl"]);
  checkWholeAndStorable(headers);
  const cacheControl = headers.get("cache-control");
  const ttlMs = ttlOf(context.query, headers, defaultTtlMs);
  return {
    contentType: checkFieldValue(headers.get("content-type") ?? DEFAULT_CONTENT_TYPE, "Content-Type"),
    cacheControl:
      cacheControl === null
        ? undefined
        : markedWithTtl(checkFieldValue(cacheControl, "Cache-Control"), ttlMs),
    ttlMs,
    tags: tagsOf(headers),
  };
}

function written(result: WriteResult): Response {
  switch (result.kind) {
    case "written":
      return new Response(null, {
        status: result.created ? 201 : 204,
        headers: { ETag: result.etag, "X-Cache-Version": formatVersion(result.version) },
      });
    case "failed_condition":
      return failedCondition();
    case "lease_lost":
      return leaseLost();
    case "too_large":
      return problem("value_too_large", "The value with its variants does not fit into the cache.");
    case "unavailable":
      return problemOf(unavailable(result));
  }
}

function removed(result: RemoveResult): Response {
  switch (result.kind) {
    case "removed":
      return new Response(null, {
        status: 204,
        headers: { "X-Cache-Version": formatVersion(result.version) },
      });
    case "miss":
      return keyNotFound();
    case "failed_condition":
      return failedCondition();
    case "lease_lost":
      return leaseLost();
    case "unavailable":
      return problemOf(unavailable(result));
  }
}

function leaseLost(): Response {
  return problem(
    "lease_lost",
    "The lease ran out, or since its grant the key, a tag that is put, or all was written or invalidated.",
  );
}

function failedCondition(): Response {
  return problem("precondition_failed", "The entry is not as If-Match or If-None-Match wants it.");
}
