// GET and HEAD of a cache entry, by the whole of the rules: what the fast lane may answer is a part of this.

import { requireScope } from "../../auth/api-key.ts";
import { CacheeError } from "../../base/errors.ts";
import { LARGE_ANSWER_BYTE_NS, LARGE_ANSWER_BYTES_MIN, LEASE_WAIT_MS_MAX } from "../../base/limits.ts";
import { WAITER_BYTES, WAITERS_SHARE } from "../../base/limits/in-flight.ts";
import type { Entry } from "../../cache/engine.ts";
import type { Traffic } from "../../observe/traffic.ts";
import { etagOf } from "../../record/etag.ts";
import { maskIn } from "../../record/in-place.ts";
import { RecordView } from "../../record/record.ts";
import type { FillWish, Found, ReadResult, Store } from "../../store/store.ts";
import { formatVersion, parseVersion, type Version } from "../../record/version.ts";
import { chooseCoding, type Preferences } from "../request/accept-encoding.ts";
import { charged, type Context, type Handler } from "../context.ts";
import { matchesStrongly, matchesWeakly, parseEntityTags, readEntityTags } from "../request/entity-tag.ts";
import { CACHE_PATH, keyOfPath } from "../../gate/key.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import type { CodingIndex } from "../../record/coding.ts";
import { overloaded } from "../charge.ts";
import type { Ready } from "../fast/ready.ts";
import { responseOf } from "../fast/response-parts.ts";
import { notModifiedReply, okReply } from "../reply/entry-reply.ts";
import { lifetimeSecondsOf, setAge } from "../reply/age.ts";
import { L1_HIT, tagFieldOf, type HitStatus } from "../reply/fields.ts";
import { keyNotFound } from "../reply/key-not-found.ts";
import { Turn } from "../turn.ts";
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
  const { store, traffic, rateLimit } = options;
  return (context) => {
    const key = keyOfPath(context.path.slice(CACHE_PATH.length));
    requireScope(context.apiKey!, "read", key);
    const nowMs = context.startNs / 1e6;
    const turn = turnFor(context, store.engine.peek(key, nowMs));
    if (turn === undefined) return read(context, key, nowMs);
    return turn.then(() => read(context, key, Bun.nanoseconds() / 1e6));
  };

  function read(context: Context, key: string, nowMs: number): Response | Promise<Response> {
    const apiKey = context.apiKey!;
    const minVersion = minVersionOf(context.request.headers);
    const isThere = store.isFresh(nowMs) && store.engine.peek(key, nowMs) !== undefined;
    // What L1 has is given without a look at the field, as the fast lane does.
    const wish = isThere ? undefined : wishOf(context);
    // A miss is paid for before L2 is asked and a right to fill is given away; what L2 has was none.
    const refusal = isThere ? undefined : rateRefusal(rateLimit, context, 1);
    if (refusal !== undefined) return refusal;
    const result = store.read(key, nowMs, minVersion, wish);
    const answer = (given: ReadResult<Ready>) => {
      if (!isThere && given.kind !== "miss") rateLimit.giveBack(apiKey, 1);
      return answerOf(given, context);
    };
    return result instanceof Promise ? result.then(answer) : answer(result);
  }

  function answerOf(result: ReadResult<Ready>, context: Context): Response {
    switch (result.kind) {
      case "found": {
        if (result.tier === "l1") traffic.coldL1Hits += 1;
        else traffic.coldL2Hits += 1;
        return found(result, context, options.preferences);
      }
      case "miss":
        traffic.coldMisses += 1;
        return keyNotFound(result.fill);
      case "unavailable":
        return problemOf(unavailable(result));
    }
  }
}

/**
 * Large answers hold the event loop while they are sent: past a few of them in one turn of it the next one waits for its
 * API key's turn. Nothing: it need not wait.
 */
function turnFor(context: Context, entry: Entry<Ready> | undefined): Promise<void> | undefined {
  const bytes = context.request.method === "HEAD" ? 0 : (entry?.record.length ?? 0);
  if (bytes < LARGE_ANSWER_BYTES_MIN) return undefined;
  const ns = bytes * LARGE_ANSWER_BYTE_NS;
  if (context.turns.isOver) return new Turn(context).rest(ns);
  context.turns.spent(ns, context.apiKey!.name);
  return undefined;
}

/**
 * Whether a GET asks for the right to fill what is missing, and how many ms it would rather wait for another's fill:
 * x-lease-wait. Only keys that may write are given one.
 */
function wishOf(context: Context): FillWish | undefined {
  const { request, apiKey, inFlight } = context;
  const field = request.method === "GET" ? request.headers.get("x-lease-wait") : null;
  if (field === null) return undefined;
  const waitMs = /^\d{1,5}$/.test(field) ? Number(field) : Number.NaN;
  if (!(waitMs <= LEASE_WAIT_MS_MAX)) {
    throw new CacheeError("bad_lease", `x-lease-wait is a number of ms up to ${LEASE_WAIT_MS_MAX}.`);
  }
  if (!apiKey!.write) return undefined;
  // Where there is no room for one more who waits, the miss is answered at once.
  const hasRoom = inFlight.bytesOf("waiters") + WAITER_BYTES <= inFlight.bytesMax * WAITERS_SHARE;
  const mayWait = waitMs > 0 && hasRoom && charged(context, "waiters", WAITER_BYTES).mayCover(WAITER_BYTES);
  return { waitMs: mayWait ? waitMs : 0 };
}

function minVersionOf(headers: Headers): Version | undefined {
  const field = headers.get("x-min-version");
  if (field === null) return undefined;
  const version = parseVersion(field);
  if (version === undefined)
    throw new CacheeError("bad_min_version", "x-min-version is not of the form EPOCH.N.");
  return version;
}

/** Negotiation, then If-Match, then If-None-Match (RFC 9110 §13.2.2). */
function found(result: Found<Ready>, context: Context, preferences: Preferences): Response {
  const { headers } = context.request;
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
  // The fast lane's Response, where it has one: its bytes are shared, and slow readers of a large value cost nothing.
  const ready = status === L1_HIT ? result.entry.memo?.ok(coding) : undefined;
  const isNotModified = isKnown(headers.get("if-none-match"), etag);
  const response = isNotModified
    ? notModifiedReply(record, version, status, coding)
    : ready === undefined
      ? copyReply(context, record, version, status, coding)
      : responseOf(ready);
  const lifetimeSeconds = lifetimeSecondsOf(record.cacheControl);
  if (lifetimeSeconds !== undefined) {
    setAge(response.headers, status, lifetimeSeconds, result.entry.expiresAtMs - context.startNs / 1e6);
  }
  const tagField = context.apiKey!.admin && !isNotModified ? tagFieldOf(record) : undefined;
  if (tagField !== undefined) response.headers.set("Cache-Tag", tagField);
  return response;
}

/** A 200 with a copy of the value, which is charged until the client has taken it where it is large. */
function copyReply(
  context: Context,
  record: RecordView,
  version: string,
  status: HitStatus,
  coding: CodingIndex,
): Response {
  const { request, server, outgoing, apiKey } = context;
  const bytes = request.method === "HEAD" ? 0 : record.variants[coding]!.length;
  if (bytes >= LARGE_ANSWER_BYTES_MIN && !outgoing.charge(request, server, apiKey!.name, bytes)) {
    throw overloaded();
  }
  return okReply(record, version, status, coding);
}

/** Whether the client has it. A field that is no list of entity tags names none: the value is sent, as without it. */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const tags = readEntityTags(ifNoneMatch);
  return tags !== undefined && matchesWeakly(tags, etag);
}

function statusOf(result: Found<Ready>): HitStatus {
  if (result.stale) return "cachee; hit; stale; detail=l1";
  return result.tier === "l1" ? L1_HIT : "cachee; hit; detail=l2";
}
