// GET and HEAD of a cache entry, by the whole of the rules: what the fast lane may answer is a part of this.

import { requireScope } from "../../auth/api-key.ts";
import { CacheeError } from "../../base/errors.ts";
import { LEASE_WAIT_MS_MAX } from "../../base/limits.ts";
import type { Traffic } from "../../observe/traffic.ts";
import { etagOf } from "../../record/etag.ts";
import { maskIn } from "../../record/in-place.ts";
import { RecordView } from "../../record/record.ts";
import type { FillWish, Found, ReadResult, Store } from "../../store/store.ts";
import { formatVersion, parseVersion, type Version } from "../../record/version.ts";
import { chooseCoding, type Preferences } from "../request/accept-encoding.ts";
import type { Context, Handler } from "../context.ts";
import { matchesStrongly, matchesWeakly, parseEntityTags } from "../request/entity-tag.ts";
import { CACHE_PATH, keyOfPath } from "../../gate/key.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import type { Ready } from "../fast/ready.ts";
import { responseOf } from "../fast/response-parts.ts";
import { notModifiedReply, okReply } from "../reply/entry-reply.ts";
import type { HitStatus } from "../reply/fields.ts";
import { keyNotFound } from "../reply/key-not-found.ts";
import { problem, problemOf } from "../reply/problem.ts";
import { rateRefusal } from "../reply/rate-refusal.ts";
import { codingsBySizeIn } from "../reply/stored-codings.ts";
import { unavailable } from "../../gate/unavailable.ts";

export interface ReadOptions {
  readonly store: Store<Ready>;
  readonly preferences: Preferences;
  readonly rateLimit: RateLimit;
  readonly traffic: Traffic;
}

export function readHandler(options: ReadOptions): Handler {
  const { store, traffic } = options;
  return (context) => {
    const key = keyOfPath(context.path.slice(CACHE_PATH.length));
    requireScope(context.apiKey!, "read", key);
    const minVersion = minVersionOf(context.request.headers);
    const wish = context.request.method === "GET" ? wishOf(context.request.headers) : undefined;
    const result = store.read(key, context.startNs / 1e6, minVersion, wish);
    return result instanceof Promise ? result.then((read) => answer(read, context)) : answer(result, context);
  };

  function answer(result: ReadResult<Ready>, context: Context): Response {
    switch (result.kind) {
      case "found": {
        if (result.tier === "l1") traffic.coldL1Hits += 1;
        else traffic.coldL2Hits += 1;
        return found(result, context.request.headers, options.preferences);
      }
      case "miss":
        traffic.coldMisses += 1;
        return rateRefusal(options.rateLimit, context, 1) ?? keyNotFound(result.fill);
      case "unavailable":
        return problemOf(unavailable(result));
    }
  }
}

/**
 * How long the reader would wait for another's fill: x-lease-wait, in ms. What is no number is no wish to wait: a hit
 * does not look at it either.
 */
function wishOf(headers: Headers): FillWish {
  const field = headers.get("x-lease-wait");
  if (field === null) return NO_WAIT;
  return /^\d{1,6}$/.test(field) ? { waitMs: Math.min(Number(field), LEASE_WAIT_MS_MAX) } : NO_WAIT;
}

const NO_WAIT: FillWish = { waitMs: 0 };

function minVersionOf(headers: Headers): Version | undefined {
  const field = headers.get("x-min-version");
  if (field === null) return undefined;
  const version = parseVersion(field);
  if (version === undefined)
    throw new CacheeError("bad_min_version", "x-min-version is not of the form EPOCH.N.");
  return version;
}

/** Negotiation, then If-Match, then If-None-Match (RFC 9110 §13.2.2). */
function found(result: Found<Ready>, headers: Headers, preferences: Preferences): Response {
  const { record: bytes } = result.entry;
  const record = new RecordView(bytes);
  const version = formatVersion(result.version);
  const status = statusOf(result);
  const available = maskIn(bytes, 0);
  const bySize = codingsBySizeIn(bytes, 0);
  const coding = chooseCoding(preferences.of(headers.get("accept-encoding")), available, bySize);
  if (coding === -1) {
    return problem("not_acceptable", "The entry is stored in no coding that Accept-Encoding allows.", {
      Vary: "Accept-Encoding",
    });
  }
  const etag = etagOf(record.hash, coding);
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null && !matchesStrongly(parseEntityTags(ifMatch, "If-Match"), etag)) {
    return problem("precondition_failed", "The entry has none of the entity tags in If-Match.", {
      ETag: etag,
    });
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null && matchesWeakly(parseEntityTags(ifNoneMatch, "If-None-Match"), etag)) {
    return notModifiedReply(record, version, status, coding);
  }
  // The fast lane's Response, where it has one: its bytes are shared, and slow readers of a large value cost nothing.
  const ready = status === "cachee; hit; detail=l1" ? result.entry.memo?.ok(coding) : undefined;
  return ready === undefined ? okReply(record, version, status, coding) : responseOf(ready);
}

function statusOf(result: Found<Ready>): HitStatus {
  if (result.stale) return "cachee; hit; stale; detail=l1";
  return result.tier === "l1" ? "cachee; hit; detail=l1" : "cachee; hit; detail=l2";
}
