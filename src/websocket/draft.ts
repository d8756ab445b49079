// What a PUT of the WebSocket lane says of its value, checked as over HTTP, and why a change was not made.

import { CacheeError } from "../base/errors.ts";
import { TTL_SECONDS_MAX } from "../base/limits.ts";
import { checkFieldValue, DEFAULT_CONTENT_TYPE } from "../gate/value-fields.ts";
import { unavailable } from "../gate/unavailable.ts";
import type { Condition, Draft, RemoveResult, WriteResult } from "../store/store.ts";
import { IF_ABSENT, IF_PRESENT } from "./frames.ts";
import type { Reader } from "./reader.ts";

const ABSENT: Condition = { kind: "absent" };
const PRESENT: Condition = { kind: "present" };
const NO_TAGS: readonly string[] = [];

/** Throws what is wrong with it. */
export function draftOf(
  { value, contentType, ttlMs }: Pick<Reader, "value" | "contentType" | "ttlMs">,
  valueBytesMax: number,
  defaultTtlMs: number | undefined,
): Draft {
  if (value.length > valueBytesMax) {
    throw new CacheeError("value_too_large", `The value is larger than ${valueBytesMax} bytes.`);
  }
  if (!(ttlMs >= 0 && ttlMs <= TTL_SECONDS_MAX * 1_000)) {
    throw new CacheeError("bad_ttl", `A TTL is up to ${TTL_SECONDS_MAX} seconds, or 0 for none.`);
  }
  return {
    body: value,
    contentType: contentType === "" ? DEFAULT_CONTENT_TYPE : checkFieldValue(contentType, "The content type"),
    cacheControl: undefined,
    ttlMs: ttlMs === 0 ? defaultTtlMs : ttlMs,
    tags: NO_TAGS,
  };
}

export function conditionOf(flags: number): Condition | undefined {
  if ((flags & IF_ABSENT) !== 0) return ABSENT;
  return (flags & IF_PRESENT) === 0 ? undefined : PRESENT;
}

/** Why nothing was written or removed; none: that is done, or there was nothing to remove. */
export function failureOf(result: WriteResult | RemoveResult): CacheeError | undefined {
  switch (result.kind) {
    case "written":
    case "removed":
    case "miss":
      return undefined;
    case "lease_lost":
      return new CacheeError("lease_lost", "The right to fill this key is lost.");
    case "failed_condition":
      return new CacheeError("precondition_failed", "The entry is not as the request wants it.");
    case "too_large":
      return new CacheeError("value_too_large", "The value with its variants does not fit into the cache.");
    case "unavailable":
      return unavailable(result);
  }
}
