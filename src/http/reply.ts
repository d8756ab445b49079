// Builds the answers to reads: their header fields, and what ready ones are made of, kept beside hot entries.

import { CODINGS, CODING_INDEXES, IDENTITY, type CodingIndex } from "../record/coding.ts";
import { etagOf } from "../record/etag.ts";
import { type RecordView } from "../record/record.ts";
import type { Preference } from "./accept-encoding.ts";
import { isSpeltAmbiguously } from "../gate/key.ts";

/** Where a value came from, as Cache-Status says it (RFC 9211). */
export type HitStatus = "cachee; hit; detail=l1" | "cachee; hit; detail=l2" | "cachee; hit; stale; detail=l1";

/** Resident bytes of one Makings beyond its body, as measured on Bun 1.4.5, rounded up. */
const MAKINGS_BYTES = 1_250;
/** A body that is let go stays resident until the collector comes: as many bytes again are charged for those. */
const GARBAGE_FACTOR = 2;
/** Resident bytes of a Ready itself. */
const READY_BYTES = 400;
const DEFAULT_CACHE_CONTROL = "private, no-cache";
const ACTIVE_CONTENT = /^\s*(?:text\/html|application\/xhtml\+xml|image\/svg\+xml)\s*(?:;|$)/i;

/** The fields of a 200 but for Content-Length, which Bun adds; `coding` is the variant served. */
export function fieldsOf(
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

/** Bun backs a Blob of 8 MiB by a descriptor, of which a process has few: large bodies are cloned instead. */
const BLOB_BYTES_MAX = 4 * 1024 * 1024;

/**
 * What any number of equal Responses are made of: a Response can be sent only once. A Blob's bytes are shared by all
 * Responses made of it, and `new Response` of both costs less than to clone a Response.
 */
export type Makings =
  | { readonly headers: Headers; readonly body: Blob }
  /** A Response that is never sent itself: a 304, or one with a large body. */
  | { readonly original: Response };

/** The makings of a 200 with `fields`, which are copied, and the variant `bytes`. */
export function okMakings(fields: Headers, bytes: Uint8Array<ArrayBuffer>): Makings {
  if (bytes.length > BLOB_BYTES_MAX) return { original: new Response(bytes, { headers: fields }) };
  return { headers: new Headers(fields), body: new Blob([bytes]) };
}

/** The makings of what notModifiedReply gives. */
export function notModifiedMakings(
  record: RecordView,
  version: string,
  status: HitStatus,
  coding: CodingIndex,
): Makings {
  return { original: notModifiedReply(record, version, status, coding) };
}

/** One more Response of `makings`. Hot. */
export function again(makings: Makings): Response {
  if ("original" in makings) return makings.original.clone() as Response;
  return new Response(makings.body, { headers: makings.headers });
}

/** Every order of codings seen so far, one array each: arrays that all entries share are in the processor's cache. */
const orders = new Map<string, readonly CodingIndex[]>();

/** Mask of the codings that `record` holds. */
export function availableCodings(record: RecordView): number {
  let mask = 0;
  for (const coding of CODING_INDEXES) if (record.variants[coding] !== undefined) mask |= 1 << coding;
  return mask;
}

const IDENTITY_ALONE: readonly CodingIndex[] = [IDENTITY];

/** Codings that `record` holds, from the smallest variant to the largest. */
export function codingsBySize(record: RecordView): readonly CodingIndex[] {
  if (availableCodings(record) === 1 << IDENTITY) return IDENTITY_ALONE;
  return bySizeOf(availableCodings(record), (coding) => record.variants[coding]!.length);
}

/** The codings in the mask `available`, from the smallest variant to the largest. */
export function bySizeOf(available: number, bytes: (coding: CodingIndex) => number): readonly CodingIndex[] {
  const order = CODING_INDEXES.filter((coding) => (available & (1 << coding)) !== 0).sort(
    (a, b) => bytes(a) - bytes(b),
  );
  const name = order.join();
  const known = orders.get(name);
  if (known !== undefined) return known;
  orders.set(name, order);
  return order;
}

/**
 * What the fast lane keeps beside a hot entry: its codings, and what its answers are made of.
 * The 200 that was asked for first is in the object itself: most entries are asked for by clients of one preference
 * only, and each object less is a cache miss less for a hit, and one less for the collector to walk.
 */
export class Ready {
  /** Whose 200 `headers` and `body` make, once there is one. */
  preference: Preference | undefined = undefined;
  headers: Headers | undefined = undefined;
  body: Blob | undefined = undefined;
  readonly bySize: readonly CodingIndex[];
  /** Mask of the codings that are there. */
  readonly available: number;
  /** The fast lane may answer: the key has one spelling only. */
  readonly direct: boolean;
  /** Resident bytes, as they count against the budget. */
  bytes = READY_BYTES;
  #first: CodingIndex | undefined = undefined;
  #ok: (Makings | undefined)[] | undefined = undefined;
  #notModified: (Makings | undefined)[] | undefined = undefined;

  constructor(key: string, available: number, bySize: readonly CodingIndex[]) {
    this.bySize = bySize;
    this.available = available;
    this.direct = !isSpeltAmbiguously(key);
  }

  /** What a 200 in `coding` is made of, if that is kept. */
  ok(coding: CodingIndex): Makings | undefined {
    if (coding === this.#first) return { headers: this.headers!, body: this.body! };
    return this.#ok?.[coding];
  }

  /** What a 304 in `coding` is made of, if that is kept. */
  notModified(coding: CodingIndex): Makings | undefined {
    return this.#notModified?.[coding];
  }

  /** Keeps `makings` for 200s in `coding`; the first that are small for clients of `preference` without further choice. */
  addOk(coding: CodingIndex, makings: Makings, preference: Preference, bodyBytes: number): void {
    this.bytes += okBytes(bodyBytes);
    if (this.preference === undefined && !("original" in makings)) {
      this.preference = preference;
      this.headers = makings.headers;
      this.body = makings.body;
      this.#first = coding;
    } else {
      this.#ok ??= [undefined, undefined, undefined, undefined];
      this.#ok[coding] = makings;
    }
  }

  addNotModified(coding: CodingIndex, makings: Makings): void {
    this.#notModified ??= [undefined, undefined, undefined, undefined];
    this.#notModified[coding] = makings;
    this.bytes += MAKINGS_BYTES;
  }
}

/** Resident bytes of the makings of a 200 with a body of `bodyBytes`. */
export function okBytes(bodyBytes: number): number {
  return MAKINGS_BYTES + GARBAGE_FACTOR * bodyBytes;
}

/** Resident bytes of the makings of a 304. */
export const NOT_MODIFIED_BYTES = MAKINGS_BYTES;
