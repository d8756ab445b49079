// The 404 of a key that has no entry.

import { IDENTITY } from "../../record/coding.ts";
import { etagOf } from "../../record/etag.ts";
import { RecordView } from "../../record/record.ts";
import type { Fill } from "../../store/store.ts";
import { problem } from "./problem.ts";

/** `fill`: whether this reader may fill it, by the token that it sends along with its PUT, or another does. With the token comes the ETag of
 *  the entry that has expired, where others are given that meanwhile. */
export function keyNotFound(fill?: Fill): Response {
  return problem("key_not_found", "There is no entry of this key.", {
    "Cache-Status": "cachee; fwd=miss",
    ...fillFields(fill),
  });
}

function fillFields(fill: Fill | undefined): Readonly<Record<string, string>> {
  if (fill === undefined) return {};
  if (fill.token !== undefined) {
    const { expired } = fill;
    const etag = expired === undefined ? {} : { ETag: etagOf(new RecordView(expired).hash, IDENTITY) };
    return { "X-Cache-Lease": fill.token, ...etag };
  }
  return { "Retry-After": String(Math.ceil(fill.retryAfterMs / 1_000)) };
}
