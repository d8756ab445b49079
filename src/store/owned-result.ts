// Gives a read's result a copy of its record, for callers that change the engine before they use it. Cold.

import type { Found, ReadResult } from "./store.ts";

/** The same result, good however long it is kept. */
export function ownedResult<M>(result: ReadResult<M>): ReadResult<M> {
  return result.kind === "found" ? ownedFound(result) : result;
}

function ownedFound<M>(found: Found<M>): Found<M> {
  const { key, version, expiresAtMs } = found.entry;
  return {
    ...found,
    entry: { key, version, expiresAtMs, memo: undefined, record: found.entry.record.slice() },
  };
}
