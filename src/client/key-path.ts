// A key as the path of its entry: percent-encoded segment by segment, so that `/` stays `/`.

import { CacheeClientError } from "./errors.ts";

/** The path of `key`. Throws `bad_key` for one that no URL can carry. */
export function keyPath(key: string): string {
  const segments = key.split("/");
  if (key === "" || !key.isWellFormed() || segments.some((segment) => segment === "." || segment === "..")) {
    throw new CacheeClientError(
      "bad_key",
      "A key is not empty, well-formed, and has no segment `.` or `..`.",
    );
  }
  return `/cache/${segments.map(encodeURIComponent).join("/")}`;
}
