// The header fields of answers to reads of entries. Cold.

import { CODINGS, IDENTITY, type CodingIndex } from "../../record/coding.ts";
import { unmarked } from "../request/cache-control.ts";
import { etagOf } from "../../record/etag.ts";
import type { RecordView } from "../../record/record.ts";

/** Where a value came from, as Cache-Status says it (RFC 9211). */
export type HitStatus = typeof L1_HIT | "cachee; hit; detail=l2" | "cachee; hit; stale; detail=l1";
export const L1_HIT = "cachee; hit; detail=l1";

/** Fields that follow from the settings alone. */
export type FixedFields = readonly (readonly [name: string, value: string])[];

/** Browsers come back over TLS alone, for a year (RFC 6797). */
export const STRICT_TRANSPORT = ["Strict-Transport-Security", "max-age=31536000"] as const;

const DEFAULT_CACHE_CONTROL = "private, no-cache";
/** Types that no browser runs anything of when it is led to them: one type, no list of them, no XML of any kind. */
const INERT = new RegExp(
  "^ *(?:" +
    "application/(?:octet-stream|(?:[a-z0-9.-]+\\+)?json|x-ndjson|javascript|wasm|zip|gzip|protobuf|x-protobuf|msgpack)" +
    "|text/(?:plain|css|csv|javascript|markdown)" +
    "|image/(?:png|jpeg|gif|webp|avif|bmp|x-icon|vnd\\.microsoft\\.icon)" +
    "|(?:audio|video|font)/[a-z0-9.-]+" +
    ") *(?:;[^,]*)?$",
  "i",
);

/** The field with the record's tags, as its bytes were sent, which only keys with the scope admin are told; none: nothing. */
export function tagFieldOf({ tags }: RecordView): string | undefined {
  return tags.length === 0 ? undefined : Buffer.from(tags.join(", ")).toString("latin1");
}

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
    [
      "Cache-Control",
      record.cacheControl === undefined ? DEFAULT_CACHE_CONTROL : unmarked(record.cacheControl),
    ],
    ["Cache-Status", status],
    ["X-Cache-Version", version],
    ["X-Content-Type-Options", "nosniff"],
  ];
  if (coding !== IDENTITY) fields.push(["Content-Encoding", CODINGS[coding]]);
  if (record.expiresAtWallMs !== Number.POSITIVE_INFINITY) {
    fields.push(["Expires", new Date(record.expiresAtWallMs).toUTCString()]);
  }
  if (!INERT.test(record.contentType)) fields.push(["Content-Security-Policy", "sandbox"]);
  return fields;
}
