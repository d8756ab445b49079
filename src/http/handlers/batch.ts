// POST /batch: reads, writes and deletes of many keys in one request; checked whole before anything is done.

import { requireScope, type ApiKey } from "../../auth/api-key.ts";
import type { Clock } from "../../base/clock.ts";
import { CacheeError } from "../../base/errors.ts";
import { BATCH_ITEMS_MAX, BATCH_REPLY_BYTES_MAX, JSON_BYTES_MAX } from "../../base/limits.ts";
import type { Traffic } from "../../observe/traffic.ts";
import { etagOf } from "../../record/etag.ts";
import { RecordView } from "../../record/record.ts";
import { IDENTITY } from "../../record/coding.ts";
import type { Draft, Found, Operation, Store } from "../../store/store.ts";
import type { Handler } from "../context.ts";
import {
  checkArray,
  checkCacheKey,
  checkObject,
  checkString,
  readJson,
  type JsonObject,
} from "../request/json-body.ts";
import { jsonReply } from "../reply/json-reply.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import type { Ready } from "../fast/ready.ts";
import { problemOf } from "../reply/problem.ts";
import { rateRefusal } from "../reply/rate-refusal.ts";
import { unavailable } from "../../gate/unavailable.ts";
import { checkFieldValue, checkTags, DEFAULT_CONTENT_TYPE, parseTtl } from "../../gate/value-fields.ts";

export interface BatchOptions {
  readonly store: Store<Ready>;
  readonly rateLimit: RateLimit;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
}

const ITEM_NAMES = ["key", "value", "encoding", "contentType", "ttl", "tags"];

export function batchHandler(options: BatchOptions): Handler {
  /** Base64 makes three bytes four. */
  const bytesMax = Math.max(JSON_BYTES_MAX, Math.ceil(options.valueBytesMax * 1.4));
  return async (context) => {
    const body = await readJson(context, bytesMax, ["get", "set", "delete"], "bad_batch");
    const operations = operationsOf(body, context.apiKey!, options);
    const writes = operations.filter((operation) => operation.kind !== "get").length;
    const refusal = rateRefusal(options.rateLimit, context, writes);
    if (refusal !== undefined) return refusal;
    const results = await options.store.batch(operations);
    const reply = new BatchReply(options.traffic, options.clock.wallMs());
    for (const [index, result] of results.entries()) {
      if (result.kind === "unavailable") return problemOf(unavailable(result));
      const operation = operations[index]!;
      if (result.kind === "found") reply.found(operation.key, result);
      else if (operation.kind === "get") reply.missed(operation.key);
      else if (result.kind === "written") reply.set += 1;
      else if (result.kind === "removed") reply.delete += 1;
    }
    return jsonReply({ get: reply.get, set: reply.set, delete: reply.delete });
  };
}

/** The answer as it grows; the values in it are bounded together. */
class BatchReply {
  readonly get: Record<string, object | null> = Object.create(null);
  set = 0;
  delete = 0;
  readonly #traffic: Traffic;
  readonly #wallMs: number;
  #bytes = 0;

  constructor(traffic: Traffic, wallMs: number) {
    this.#traffic = traffic;
    this.#wallMs = wallMs;
  }

  found(key: string, found: Found<Ready>): void {
    if (found.tier === "l1") this.#traffic.coldL1Hits += 1;
    else this.#traffic.coldL2Hits += 1;
    const record = new RecordView(found.entry.record);
    this.#bytes += record.body.length;
    if (this.#bytes > BATCH_REPLY_BYTES_MAX) {
      throw new CacheeError(
        "body_too_large",
        `The values are more than ${BATCH_REPLY_BYTES_MAX} bytes together.`,
      );
    }
    const remainingMs = record.expiresAtWallMs - this.#wallMs;
    this.get[key] = {
      ...textOf(record.body),
      contentType: record.contentType,
      etag: etagOf(record.hash, IDENTITY),
      ttl: Number.isFinite(remainingMs) ? Math.max(0, Math.ceil(remainingMs / 1_000)) : null,
    };
  }

  missed(key: string): void {
    this.#traffic.coldMisses += 1;
    this.get[key] = null;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(body: Uint8Array): { value: string; encoding: "utf8" | "base64" } {
  try {
    return { value: decoder.decode(body), encoding: "utf8" };
  } catch {
    return { value: body.toBase64(), encoding: "base64" };
  }
}

function operationsOf(body: JsonObject, apiKey: ApiKey, options: BatchOptions): Operation[] {
  const gets = checkArray(body["get"], "get", BATCH_ITEMS_MAX, "bad_batch");
  const sets = checkArray(body["set"], "set", BATCH_ITEMS_MAX, "bad_batch");
  const deletes = checkArray(body["delete"], "delete", BATCH_ITEMS_MAX, "bad_batch");
  if (gets.length + sets.length + deletes.length > BATCH_ITEMS_MAX) {
    throw new CacheeError("bad_batch", `The batch has more than ${BATCH_ITEMS_MAX} items.`);
  }
  return [
    ...gets.map((key, i) => ({ kind: "get" as const, key: keyAt(key, `get[${i}]`, apiKey, "read") })),
    ...sets.map((item, i) => setOf(item, `set[${i}]`, apiKey, options)),
    ...deletes.map((key, i) => ({
      kind: "delete" as const,
      key: keyAt(key, `delete[${i}]`, apiKey, "write"),
    })),
  ];
}

function setOf(value: unknown, place: string, apiKey: ApiKey, options: BatchOptions): Operation {
  const item = checkObject(value, place, ITEM_NAMES, "bad_batch");
  const key = keyAt(item["key"], `${place}.key`, apiKey, "write");
  try {
    return { kind: "set", key, draft: draftOf(item, options) };
  } catch (thrown) {
    if (!(thrown instanceof CacheeError)) throw thrown;
    throw new CacheeError(
      thrown.code === "value_too_large" ? "value_too_large" : "bad_batch",
      `${place}: ${thrown.message}`,
    );
  }
}

function draftOf(item: JsonObject, options: BatchOptions): Draft {
  const contentType = item["contentType"] ?? DEFAULT_CONTENT_TYPE;
  const ttl = item["ttl"];
  if (ttl !== undefined && ttl !== null && typeof ttl !== "number") {
    throw new CacheeError("bad_batch", "ttl is not a number.");
  }
  const tags = checkArray(item["tags"], "tags", BATCH_ITEMS_MAX, "bad_batch");
  return {
    body: bodyOf(item, options.valueBytesMax),
    contentType: checkFieldValue(checkString(contentType, "contentType", "bad_batch"), "contentType"),
    cacheControl: undefined,
    ttlMs: ttl === undefined || ttl === null ? options.defaultTtlMs : parseTtl(String(ttl)),
    tags: checkTags(tags.map((tag) => checkString(tag, "a tag", "bad_batch"))),
  };
}

function bodyOf(item: JsonObject, bytesMax: number): Uint8Array {
  const value = checkString(item["value"], "value", "bad_batch");
  const encoding = item["encoding"] ?? "utf8";
  let body: Uint8Array;
  if (encoding === "base64") {
    try {
      body = Uint8Array.fromBase64(value);
    } catch {
      throw new CacheeError("bad_batch", "value is not base64.");
    }
  } else if (encoding === "utf8" && value.isWellFormed()) {
    body = Buffer.from(value, "utf8");
  } else {
    throw new CacheeError("bad_batch", "encoding is neither utf8 nor base64, or value is not UTF-8.");
  }
  if (body.length > bytesMax)
    throw new CacheeError("value_too_large", `value is larger than ${bytesMax} bytes.`);
  return body;
}

function keyAt(value: unknown, place: string, apiKey: ApiKey, scope: "read" | "write"): string {
  const key = checkCacheKey(value, place, "bad_batch");
  requireScope(apiKey, scope, key);
  return key;
}
