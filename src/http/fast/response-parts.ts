// What any number of equal Responses are made of: a Response can be sent only once. Hot in part.

import type { CodingIndex } from "../../record/coding.ts";
import type { RecordView } from "../../record/record.ts";
import { notModifiedReply } from "../reply/entry-reply.ts";
import type { HitStatus } from "../reply/fields.ts";

/** Resident bytes of one ResponseParts beyond its body, as measured on Bun 1.4.5, rounded up. */
const PARTS_BYTES = 1_250;
/** A body that is let go stays resident until the collector comes: as many bytes again are charged for those. */
const GARBAGE_FACTOR = 2;
/** Bun backs a Blob of 8 MiB by a descriptor, of which a process has few: large bodies are cloned instead. */
const BLOB_BYTES_MAX = 4 * 1024 * 1024;

/** A Blob's bytes are shared by all Responses made of it, and `new Response` costs less than to clone a Response. */
export type ResponseParts =
  | { readonly headers: Headers; readonly body: Blob }
  /** A Response that is never sent itself: a 304, or one with a large body. */
  | { readonly original: Response };

/** The parts of a 200 with `fields`, which are copied, and the variant `bytes`. */
export function okParts(fields: Headers, bytes: Uint8Array<ArrayBuffer>): ResponseParts {
  if (bytes.length > BLOB_BYTES_MAX) return { original: new Response(bytes, { headers: fields }) };
  return { headers: new Headers(fields), body: new Blob([bytes]) };
}

/** The parts of what notModifiedReply gives. */
export function notModifiedParts(
  record: RecordView,
  version: string,
  status: HitStatus,
  coding: CodingIndex,
): { readonly original: Response } {
  return { original: notModifiedReply(record, version, status, coding) };
}

/** One more Response of `parts`. Hot. */
export function responseOf(parts: ResponseParts): Response {
  if ("original" in parts) return parts.original.clone() as Response;
  return new Response(parts.body, { headers: parts.headers });
}

/** Resident bytes of the parts of a 200 with a body of `bodyBytes`. */
export function okPartsBytes(bodyBytes: number): number {
  return PARTS_BYTES + GARBAGE_FACTOR * bodyBytes;
}

/** Resident bytes of the parts of a 304. */
export const NOT_MODIFIED_PARTS_BYTES = PARTS_BYTES;
