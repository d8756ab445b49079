// The one rule by which a cache key is read, whatever the method, the lane or the tier.

import { CacheeError, type ErrorCode } from "../base/errors.ts";
import { KEY_BYTES_MAX } from "../base/limits.ts";

/** The path prefix of cache entries. */
export const CACHE_PATH = "/cache/";

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;
/** Stands where bytes were no UTF-8; a key holding it cannot be told from a damaged one, so none may. */
const REPLACEMENT = "\ufffd";

/** Decodes the path after CACHE_PATH, without query, as Bun hands it over. Throws a 400 for what is no key. */
export function keyOfPath(raw: string): string {
  if (raw.includes("#")) throw refuse("key_ambiguous", "The key has a #, which has to be written %23.");
  if (!raw.includes("%")) return checkKey(raw);
  if (BAD_ESCAPE.test(raw))
    throw refuse("key_bad_escape", "The key has a % that two hex digits do not follow.");
  let key: string;
  try {
    key = decodeURIComponent(raw);
  } catch {
    throw refuse("key_bad_utf8", "The key's escapes are not UTF-8.");
  }
  return checkKey(key);
}

/** Returns `key` if it may be one (decoded form); throws a 400 that says what is wrong. */
export function checkKey(key: string): string {
  const fault = keyFault(key);
  if (fault !== undefined) throw fault;
  return key;
}

/** What keeps `key` from being one, or nothing. */
export function keyFault(key: string): CacheeError | undefined {
  if (key === "") return refuse("key_empty", "The key is empty.");
  if (key.length > KEY_BYTES_MAX || Buffer.byteLength(key) > KEY_BYTES_MAX) {
    return refuse("key_too_long", `The key is longer than ${KEY_BYTES_MAX} bytes.`);
  }
  if (CONTROL.test(key)) return refuse("key_control_character", "The key has a control character.");
  if (key.includes(REPLACEMENT) || !key.isWellFormed())
    return refuse("key_bad_utf8", "The key is not UTF-8.");
  if (DOT_SEGMENT.test(key)) return refuse("key_ambiguous", 'The key has a "." or ".." segment.');
  return undefined;
}

function refuse(code: ErrorCode, detail: string): CacheeError {
  return new CacheeError(code, detail);
}

/**
 * Whether the native route's `key` may come of a spelling that means something else to the cold lane: a raw `\` is
 * `/` there, and a raw `#` is refused.
 */
export function isSpeltAmbiguously(key: string): boolean {
  return key.includes("\\") || key.includes("#");
}
