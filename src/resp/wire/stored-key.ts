// Keys of any bytes: how one that HTTP could not name is stored, and read back. Cold; plain keys never come here.
//
// A key that the common rule allows is stored as it is. Of any other, what stands before the first byte that is not
// allowed is stored as it is, so that prefixes hold; then comes MARK, and the rest with `=` and two hex digits for each
// byte that is not allowed: `a` NUL `b` is stored as `a␀=00b`, the empty key as `␀`. A key that looks like such a stored
// one is stored like the others, so that no two keys are ever stored alike, and every stored key is one of some bytes.

import { keyFault } from "../../gate/key.ts";

const MARK = "\u2400";
const MARK_BYTES = Buffer.from(MARK);
const REPLACEMENT_BYTES = Buffer.from("\ufffd");
const SLASH = 47;
const DOT = 46;
const EQUALS = 61;
const DELETE = 127;
const ESCAPE = /=[0-9A-F]{2}/g;
const ESCAPED = /^(?:[^=]|=[0-9A-F]{2})*$/;
/** Where a text may begin to differ from how it is stored. */
// eslint-disable-next-line no-control-regex
const DOUBTFUL = /[\u0000-\u001f\u007f\ufffd\u2400]|(?<=^|\/)\./;

/** How the key of these bytes is stored; `undefined`: that would be too long. */
export function storedKeyOf(bytes: Buffer): string | undefined {
  const text = bytes.utf8Slice();
  const fault = keyFault(text);
  if (fault === undefined && !isEscaped(text)) return text;
  const escaped = escape(bytes);
  return keyFault(escaped) === undefined ? escaped : undefined;
}

/** The bytes of the key that is stored as `stored`. */
export function keyBytesOf(stored: string): Buffer {
  return originalOf(stored) ?? Buffer.from(stored, "utf8");
}

/** Whether `stored` stands for other bytes than its own. */
export function isEscaped(stored: string): boolean {
  return originalOf(stored) !== undefined;
}

/** The bytes that `stored` stands for, if they are others than its own. */
function originalOf(stored: string): Buffer | undefined {
  const bytes = stored.includes(MARK) ? unescape(stored) : undefined;
  return bytes !== undefined && isForeign(bytes) && escape(bytes) === stored ? bytes : undefined;
}

/** What is stored of every key that begins with `text`, as far as that is one and the same. */
export function storedPrefixOf(text: string): string {
  const end = text.search(DOUBTFUL);
  return end < 0 ? text : text.slice(0, end);
}

function isForeign(bytes: Buffer): boolean {
  const text = bytes.utf8Slice();
  return keyFault(text) !== undefined || isEscaped(text);
}

function unescape(stored: string): Buffer | undefined {
  const at = stored.indexOf(MARK);
  const rest = stored.slice(at + MARK.length);
  if (!ESCAPED.test(rest)) return undefined;
  const parts = [Buffer.from(stored.slice(0, at), "utf8")];
  let from = 0;
  for (const { 0: code, index } of rest.matchAll(ESCAPE)) {
    parts.push(Buffer.from(rest.slice(from, index), "utf8"), Buffer.from(code.slice(1), "hex"));
    from = index + code.length;
  }
  parts.push(Buffer.from(rest.slice(from), "utf8"));
  return Buffer.concat(parts);
}

function escape(bytes: Buffer): string {
  let at = 0;
  while (at < bytes.length) {
    const size = allowedAt(bytes, at);
    if (size === 0 || beginsDotSegment(bytes, at)) break;
    at += size;
  }
  const parts = [bytes.utf8Slice(0, at), MARK];
  while (at < bytes.length) {
    const byte = bytes[at]!;
    const size = byte === EQUALS || byte === DOT ? 0 : allowedAt(bytes, at);
    if (size > 0) parts.push(bytes.utf8Slice(at, at + size));
    else parts.push(`=${byte.toString(16).toUpperCase().padStart(2, "0")}`);
    at += Math.max(1, size);
  }
  return parts.join("");
}

/** Bytes of the character at `at`; 0 where it is none, or may not stand in a stored key. */
function allowedAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]!;
  if (byte < 128) return byte < 32 || byte === DELETE ? 0 : 1;
  const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
  const character = bytes.subarray(at, at + size);
  if (character.length < size || character.equals(MARK_BYTES) || character.equals(REPLACEMENT_BYTES))
    return 0;
  // What is no UTF-8 is decoded to something else.
  return Buffer.from(character.utf8Slice(), "utf8").equals(character) ? size : 0;
}

/** Whether a segment begins at `at` that is `.` or `..`. */
function beginsDotSegment(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== DOT || (at > 0 && bytes[at - 1] !== SLASH)) return false;
  const end = at + (bytes[at + 1] === DOT ? 2 : 1);
  return end >= bytes.length || bytes[end] === SLASH;
}
