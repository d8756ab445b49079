// Answers to reads of entries, made anew for one request. Cold.

import type { CodingIndex } from "../../record/coding.ts";
import type { RecordView } from "../../record/record.ts";
import { fieldsOf, type HitStatus } from "./fields.ts";

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
