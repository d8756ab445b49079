// Copies a read's record out of the engine's memory, for callers that go on to change the engine. Cold.

import type { Found, ReadResult } from "./store.ts";

export function detached<M>(result: ReadResult<M>): ReadResult<M> {
  return result.kind === "found" ? detachedFound(result) : result;
}

function detachedFound<M>(found: Found<M>): Found<M> {
  const { key, version, expiresAtMs } = found.entry;
  return {
    ...found,
    entry: { key, version, expiresAtMs, memo: undefined, record: found.entry.record.slice() },
  };
}
