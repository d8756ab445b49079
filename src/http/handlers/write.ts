// PUT (or POST) and DELETE of a cache entry.

import { requireScope } from "../../auth/api-key.ts";
import { CacheeError } from "../../base/errors.ts";
import type { Draft, RemoveResult, Store, WriteResult } from "../../store/store.ts";
import { formatVersion } from "../../record/version.ts";
import { readBody } from "../body.ts";
import { contentDecoder, decodeBody } from "../content-decoding.ts";
import type { Context, Handler } from "../context.ts";
import { CACHE_PATH, keyOfPath } from "../../gate/key.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import type { Ready } from "../reply.ts";
import { unavailable } from "../../gate/unavailable.ts";
import { checkFieldValue, DEFAULT_CONTENT_TYPE } from "../../gate/value-fields.ts";
import { conditionOf, tagsOf, ttlOf } from "../write-fields.ts";

export interface WriteOptions {
  readonly store: Store<Ready>;
  readonly rateLimit: RateLimit;
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
}

export function putHandler(options: WriteOptions): Handler {
  return async (context) => {
    const key = writableKey(context, options.rateLimit);
    const { request, bodyBounds } = context;
    const decode = contentDecoder(request.headers.get("content-encoding"));
    const fields = draftFields(context, options.defaultTtlMs);
    const condition = conditionOf(request.headers);
    const sent = await readBody(request, bodyBounds, options.valueBytesMax, "value_too_large");
    const body = decode === undefined ? sent : await decodeBody(decode, sent, options.valueBytesMax);
    return written(await options.store.write(key, { ...fields, body }, condition));
  };
}

export function deleteHandler(options: WriteOptions): Handler {
  return async (context) => {
    const key = writableKey(context, options.rateLimit);
    const condition = conditionOf(context.request.headers);
    return removed(await options.store.remove(key, condition));
  };
}

function writableKey(context: Context, rateLimit: RateLimit): string {
  const key = keyOfPath(context.path.slice(CACHE_PATH.length));
  requireScope(context.apiKey!, "write", key);
  rateLimit.take(context.apiKey!, 1, context.startNs / 1e6);
  return key;
}

function draftFields(context: Context, defaultTtlMs: number | undefined): Omit<Draft, "body"> {
  const { headers } = context.request;
  const cacheControl = headers.get("cache-control");
  return {
    contentType: checkFieldValue(headers.get("content-type") ?? DEFAULT_CONTENT_TYPE, "Content-Type"),
    cacheControl: cacheControl === null ? undefined : checkFieldValue(cacheControl, "Cache-Control"),
    ttlMs: ttlOf(context.query, headers, defaultTtlMs),
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
      throw failedCondition();
    case "too_large":
      throw new CacheeError("value_too_large", "The value with its variants does not fit into the cache.");
    case "unavailable":
      throw unavailable(result);
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
      throw new CacheeError("key_not_found", "There is no entry of this key.", {
        "Cache-Status": "cachee; fwd=miss",
      });
    case "failed_condition":
      throw failedCondition();
    case "unavailable":
      throw unavailable(result);
  }
}

function failedCondition(): CacheeError {
  return new CacheeError("precondition_failed", "The entry is not as If-Match or If-None-Match wants it.");
}
