// POST /invalidate: by keys, prefix, tags, or all.

import { requireScope, type ApiKey } from "../../auth/api-key.ts";
import { CacheeError } from "../../base/errors.ts";
import { BATCH_ITEMS_MAX, JSON_BYTES_MAX, KEY_BYTES_MAX } from "../../base/limits.ts";
import type { Target } from "../../coherence/target.ts";
import type { Store } from "../../store/store.ts";
import type { Handler } from "../context.ts";
import {
  checkArray,
  checkCacheKey,
  checkString,
  readJsonObject,
  type JsonObject,
} from "../request/json-body.ts";
import { jsonReply } from "../reply/json-reply.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import type { Ready } from "../fast/ready.ts";
import { problemOf } from "../reply/problem.ts";
import { rateRefusal } from "../reply/rate-refusal.ts";
import { unavailable } from "../../gate/unavailable.ts";
import { checkTag } from "../../gate/value-fields.ts";

const KINDS = ["keys", "prefix", "tags", "all"];

export function invalidateHandler(store: Store<Ready>, rateLimit: RateLimit): Handler {
  return async (context) => {
    const body = await readJsonObject(context, JSON_BYTES_MAX, KINDS, "bad_target");
    const target = targetOf(body);
    context.change = { operation: "invalidate", target };
    authorise(target, context.apiKey!);
    const refusal = rateRefusal(rateLimit, context, writesOf(target));
    if (refusal !== undefined) return refusal;
    const result = await store.invalidate(target, context.apiKey!.name);
    if (result.kind === "unavailable") return problemOf(unavailable(result));
    if (result.kind === "too_many_marks") return tooManyMarks(result.retryAfterMs);
    return jsonReply({ invalidated: result.count });
  };
}

/** What it counts against the rate: a write for each key or tag. */
function writesOf(target: Target): number {
  if (target.kind === "keys") return target.keys.length;
  return target.kind === "tags" ? target.tags.length : 1;
}

function tooManyMarks(retryAfterMs: number): Response {
  return problemOf(
    new CacheeError(
      "too_many_marks",
      "Too many tags and prefixes are being invalidated at present; nothing was done.",
      { "Retry-After": String(Math.ceil(retryAfterMs / 1_000)) },
    ),
  );
}

function targetOf(body: JsonObject): Target {
  if (Object.keys(body).length !== 1) {
    throw new CacheeError("bad_target", `The body must have just one of ${KINDS.join(", ")}.`);
  }
  if (body["all"] !== undefined) {
    if (body["all"] !== true) throw new CacheeError("bad_target", "all can only be true.");
    return { kind: "all" };
  }
  if (body["prefix"] !== undefined) {
    const prefix = checkString(body["prefix"], "prefix", "bad_target");
    if (prefix === "" || Buffer.byteLength(prefix) > KEY_BYTES_MAX) {
      throw new CacheeError(
        "bad_target",
        `prefix must have 1 to ${KEY_BYTES_MAX} bytes; all is {"all":true}.`,
      );
    }
    return { kind: "prefix", prefix };
  }
  if (body["tags"] !== undefined) {
    const tags = checkArray(body["tags"], "tags", BATCH_ITEMS_MAX, "bad_target");
    return {
      kind: "tags",
      tags: tags.map((tag, i) => checkTag(checkString(tag, `tags[${i}]`, "bad_target"))),
    };
  }
  const keys = checkArray(body["keys"], "keys", BATCH_ITEMS_MAX, "bad_target");
  return { kind: "keys", keys: keys.map((key, i) => checkCacheKey(key, `keys[${i}]`, "bad_target")) };
}

/** A key confined to a prefix may only aim within it, and tags reach everywhere. */
function authorise(target: Target, apiKey: ApiKey): void {
  switch (target.kind) {
    case "keys":
      for (const key of target.keys) requireScope(apiKey, "write", key);
      return;
    case "prefix":
      return requireScope(apiKey, "write", target.prefix);
    case "tags":
      return requireScope(apiKey, "write", "");
    case "all":
      return requireScope(apiKey, "admin", "");
  }
}
