// Builds the answers to reads: their header fields, and ready Responses kept beside hot entries.

import { CODINGS, CODING_INDEXES, IDENTITY, type CodingIndex } from "../store/coding.ts";
import { etagOf, type RecordView } from "../store/record.ts";
import { isSpeltAmbiguously } from "./key.ts";

/** Where a value came from, as Cache-Status says it (RFC 9211). */
export type HitStatus = "cachee; hit; detail=l1" | "cachee; hit; detail=l2" | "cachee; hit; stale; detail=l1";

/** Resident bytes of one Response with its headers beyond its body, as measured on Bun 1.4.5, rounded up. */
const RESPONSE_BYTES = 1_100;
/** A body that is let go stays resident until the collector comes: as many bytes again are charged for those. */
const GARBAGE_FACTOR = 2;
/** Resident bytes of a Ready itself. */
const READY_BYTES = 400;
const DEFAULT_CACHE_CONTROL = "private, no-cache";
const ACTIVE_CONTENT = /^\s*(?:text\/html|application\/xhtml\+xml|image\/svg\+xml)\s*(?:;|$)/i;

/** The fields of a 200 but for Content-Length, which Bun adds; `coding` is the variant served. */
function fieldsOf(
  record: RecordView,
  version: string,
  status: HitStatus,
  coding: CodingIndex,
): [string, string][] {
  const fields: [string, string][] = [
    ["Content-Type", record.contentType],
    ["ETag", etagOf(record.hash, coding)],
    ["Vary", "Accept-Encoding"],
    ["Cache-Control", record.cacheControl ?? DEFAULT_CACHE_CONTROL],
    ["Cache-Status", status],
    ["X-Cache-Version", version],
    ["X-Content-Type-Options", "nosniff"],
  ];
  if (coding !== IDENTITY) fields.push(["Content-Encoding", CODINGS[coding]]);
  if (record.expiresAtWallMs !== Number.POSITIVE_INFINITY) {
    fields.push(["Expires", new Date(record.expiresAtWallMs).toUTCString()]);
  }
  if (ACTIVE_CONTENT.test(record.contentType)) fields.push(["Content-Security-Policy", "sandbox"]);
  return fields;
}

/** A 200 with the variant of `coding`. */
export function okReply(
  record: RecordView,
  version: string,
  status: HitStatus,
  coding: CodingIndex,
): Response {
  return new Response(record.variants[coding], { headers: fieldsOf(record, version, status, coding) });
}

/** Fields that a 304 leaves out: they describe a body that it does not have (RFC 9110 §15.4.5). */
const BODY_FIELDS = new Set(["Content-Type", "Content-Encoding", "Content-Security-Policy"]);

/** A 304: the fields of the 200 that tell of freshness and identity. */
export function notModifiedReply(
  record: RecordView,
  version: string,
  status: HitStatus,
  coding: CodingIndex,
): Response {
  const headers = fieldsOf(record, version, status, coding).filter(([name]) => !BODY_FIELDS.has(name));
  return new Response(null, { status: 304, headers });
}

/** One more Response like `ready`, sharing its body's bytes: a Response can be sent once. Hot. */
export function again(ready: Response): Response {
  return ready.clone() as Response;
}

/** Codings that `record` holds, from the smallest variant to the largest. */
export function codingsBySize(record: RecordView): readonly CodingIndex[] {
  const bytes = (coding: CodingIndex) => record.variants[coding]!.length;
  return CODING_INDEXES.filter((coding) => record.variants[coding] !== undefined).sort(
    (a, b) => bytes(a) - bytes(b),
  );
}

/** What the fast lane keeps beside a hot entry: its codings, ETags, and Responses ready to be cloned. */
export class Ready {
  readonly bySize: readonly CodingIndex[];
  /** Mask of the codings that are there. */
  readonly available: number;
  readonly etags: readonly string[];
  /** The fast lane may answer: the key has one spelling only. */
  readonly direct: boolean;
  readonly ok: (Response | undefined)[] = [undefined, undefined, undefined, undefined];
  readonly notModified: (Response | undefined)[] = [undefined, undefined, undefined, undefined];
  /** Resident bytes, as they count against the budget. */
  bytes = READY_BYTES;

  constructor(key: string, record: RecordView) {
    this.bySize = codingsBySize(record);
    this.available = this.bySize.reduce((mask: number, coding) => mask | (1 << coding), 0);
    this.etags = CODING_INDEXES.map((coding) => etagOf(record.hash, coding));
    this.direct = !isSpeltAmbiguously(key);
  }

  addOk(coding: CodingIndex, response: Response, bodyBytes: number): void {
    this.ok[coding] = response;
    this.bytes += RESPONSE_BYTES + GARBAGE_FACTOR * bodyBytes;
  }

  addNotModified(coding: CodingIndex, response: Response): void {
    this.notModified[coding] = response;
    this.bytes += RESPONSE_BYTES;
  }
}
