// A key as the path of its entry: percent-encoded segment by segment, so that `/` stays `/`.

import { CacheeClientError } from "./errors.ts";

/** Throws `bad_key` for a key that no URL can carry. */
export function checkKey(key: string): void {
  const isOdd = key === "" || !key.isWellFormed() || /(?:^|\/)\.\.?(?:\/|$)/.test(key);
  if (!isOdd) return;
  throw new CacheeClientError("bad_key", "A key is not empty, well-formed, and has no segment `.` or `..`.");
}

/** The path of `key`. Throws `bad_key`. */
export function keyPath(key: string): string {
  checkKey(key);
  return `/cache/${key.split("/").map(encodeURIComponent).join("/")}`;
}
