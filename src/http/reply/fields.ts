// The header fields of answers to reads of entries. Cold.

import { CODINGS, IDENTITY, type CodingIndex } from "../../record/coding.ts";
import { etagOf } from "../../record/etag.ts";
import type { RecordView } from "../../record/record.ts";

/** Where a value came from, as Cache-Status says it (RFC 9211). */
export type HitStatus = "cachee; hit; detail=l1" | "cachee; hit; detail=l2" | "cachee; hit; stale; detail=l1";

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
