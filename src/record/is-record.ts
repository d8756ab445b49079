// Checks a record that comes from outside of the process: what it lets through, every reader and every answer can take.

import { METADATA_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX } from "../base/limits.ts";
import { CODING_INDEXES } from "./coding.ts";
import {
  CACHE_CONTROL_BYTES_AT,
  FORMAT,
  FORMAT_AT,
  HEADER_BYTES,
  MASK_AT,
  NO_CACHE_CONTROL,
  TAGS_AT,
  TYPE_BYTES_AT,
  VARIANT_BYTES_AT,
} from "./layout.ts";
import { RecordView } from "./record.ts";

/** What a field of HTTP can hold: no control characters, and nothing beyond U+00FF. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TAB = 9;
const SPACE = 32;
const DELETE = 127;

/** Whether `bytes` are a whole record within all bounds. Its number and expiry are not looked at: whoever takes a record
 *  in writes them anew. */
export function isRecord(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES || bytes[FORMAT_AT] !== FORMAT) return false;
  const mask = bytes[MASK_AT]!;
  if ((mask & 1) === 0 || mask > 15 || bytes[TAGS_AT]! > TAGS_MAX) return false;
  const typeBytes = u16(bytes, TYPE_BYTES_AT);
  const given = u16(bytes, CACHE_CONTROL_BYTES_AT);
  const cacheControlBytes = given === NO_CACHE_CONTROL ? 0 : given;
  if (typeBytes > METADATA_BYTES_MAX || cacheControlBytes > METADATA_BYTES_MAX) return false;
  const tagsAt = HEADER_BYTES + typeBytes + cacheControlBytes;
  let at = tagsAt;
  for (let i = 0; i < bytes[TAGS_AT]!; i++) {
    if (at >= bytes.length || bytes[at]! > TAG_BYTES_MAX) return false;
    at += 1 + bytes[at]!;
  }
  const textEnd = at;
  for (const coding of CODING_INDEXES) {
    const from = VARIANT_BYTES_AT + 4 * coding;
    const size = u16(bytes, from) + u16(bytes, from + 2) * 65_536;
    // Who reads in place adds all lengths up: one that is not there has none.
    if (size > 0 && (mask & (1 << coding)) === 0) return false;
    at += size;
  }
  return at === bytes.length && isText(bytes, tagsAt, textEnd);
}

/** Whether the content type and the Cache-Control, which end at `tagsAt`, are values of fields, and all texts UTF-8. */
function isText(bytes: Uint8Array, tagsAt: number, textEnd: number): boolean {
  for (let i = HEADER_BYTES; i < textEnd; i++) {
    const byte = bytes[i]!;
    if (byte > DELETE) return isDecodable(bytes);
    if (i < tagsAt && (byte === DELETE || (byte < SPACE && byte !== TAB))) return false;
  }
  return true;
}

function isDecodable(bytes: Uint8Array): boolean {
  try {
    const { contentType, cacheControl } = new RecordView(bytes);
    return FIELD_VALUE.test(contentType) && FIELD_VALUE.test(cacheControl ?? "");
  } catch {
    return false;
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}
