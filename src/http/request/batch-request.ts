// Reads the body of POST /batch: every item is checked, and the right to it, before anything is done. Cold.

import { requireScope, type ApiKey } from "../../auth/api-key.ts";
import { CacheeError } from "../../base/errors.ts";
import { BATCH_ITEMS_MAX } from "../../base/limits.ts";
import { checkFieldValue, checkTags, DEFAULT_CONTENT_TYPE, parseTtl } from "../../gate/value-fields.ts";
import type { Draft } from "../../store/store.ts";
import { checkArray, checkCacheKey, checkObject, checkString, type JsonObject } from "./json-body.ts";

export interface BatchRequest {
  /** Each key once, however often it was named. */
  readonly gets: readonly string[];
  readonly sets: readonly { readonly key: string; readonly draft: Draft }[];
  readonly deletes: readonly string[];
}

/** What holds of values in a batch as in a PUT. */
export interface DraftLimits {
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
}

/** Members of the body. */
export const BATCH_MEMBERS = ["get", "set", "delete"] as const;
const ITEM_NAMES = ["key", "value", "encoding", "contentType", "ttl", "tags"];

export function batchRequestOf(body: JsonObject, apiKey: ApiKey, limits: DraftLimits): BatchRequest {
  const gets = checkArray(body["get"], "get", BATCH_ITEMS_MAX, "bad_batch");
  const sets = checkArray(body["set"], "set", BATCH_ITEMS_MAX, "bad_batch");
  const deletes = checkArray(body["delete"], "delete", BATCH_ITEMS_MAX, "bad_batch");
  if (gets.length + sets.length + deletes.length > BATCH_ITEMS_MAX) {
    throw new CacheeError("bad_batch", `The batch has more than ${BATCH_ITEMS_MAX} items.`);
  }
  return {
    gets: [...new Set(gets.map((key, i) => keyAt(key, `get[${i}]`, apiKey, "read")))],
    sets: sets.map((item, i) => setOf(item, `set[${i}]`, apiKey, limits)),
    deletes: deletes.map((key, i) => keyAt(key, `delete[${i}]`, apiKey, "write")),
  };
}

function setOf(
  value: unknown,
  place: string,
  apiKey: ApiKey,
  limits: DraftLimits,
): BatchRequest["sets"][number] {
  const item = checkObject(value, place, ITEM_NAMES, "bad_batch");
  const key = keyAt(item["key"], `${place}.key`, apiKey, "write");
  try {
    return { key, draft: draftOf(item, limits) };
  } catch (thrown) {
    if (!(thrown instanceof CacheeError)) throw thrown;
    throw new CacheeError(
      thrown.code === "value_too_large" ? "value_too_large" : "bad_batch",
      `${place}: ${thrown.message}`,
    );
  }
}

function draftOf(item: JsonObject, limits: DraftLimits): Draft {
  const contentType = item["contentType"] ?? DEFAULT_CONTENT_TYPE;
  const ttl = item["ttl"];
  if (ttl !== undefined && ttl !== null && typeof ttl !== "number") {
    throw new CacheeError("bad_batch", "ttl is not a number.");
  }
  const tags = checkArray(item["tags"], "tags", BATCH_ITEMS_MAX, "bad_batch");
  return {
    body: bodyOf(item, limits.valueBytesMax),
    contentType: checkFieldValue(checkString(contentType, "contentType", "bad_batch"), "contentType"),
    cacheControl: undefined,
    ttlMs: ttl === undefined || ttl === null ? limits.defaultTtlMs : parseTtl(String(ttl)),
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
