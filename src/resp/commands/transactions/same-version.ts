// Whether a watched key is as it was.

import type { Version } from "../../../record/version.ts";

/** `undefined`: there is no entry. */
export function isSameVersion(a: Version | undefined, b: Version | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.n === b.n && a.epoch === b.epoch;
}
