// Reads one entry for a command, from whichever tier has it.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import { isCollectionIn } from "../../record/collection.ts";
import type { ReadResult } from "../../store/store.ts";
import type { Call } from "./call.ts";
import { takeRate } from "./rate.ts";
import { NOT_AVAILABLE, WRONG_TYPE } from "../wire/refusal.ts";

/**
 * Reads `key` and hands its record to `write`, or nothing where there is none. The record is good until `write`
 * returns. What keeps the read from being done is answered here.
 */
export function readEntry(
  call: Call,
  key: string,
  write: (record: Uint8Array | undefined) => void,
): MaybePromise<void> {
  const { store, options } = call.services;
  return after(store.read(key, call.nowMs), (result: ReadResult<unknown>): void => {
    switch (result.kind) {
      case "found":
        if (result.tier === "l1") options.laneTraffic.l1Hits += 1;
        else options.laneTraffic.l2Hits += 1;
        call.tracking.found(key, result.entry.record);
        return write(result.entry.record);
      case "miss":
        options.laneTraffic.misses += 1;
        return takeRate(call, 1) ? write(undefined) : undefined;
      case "unavailable":
        return call.fail(NOT_AVAILABLE.text);
    }
  });
}

/** As `readEntry`, of a value that has to be a string where there is one. */
export function readString(
  call: Call,
  key: string,
  write: (record: Uint8Array | undefined) => void,
): MaybePromise<void> {
  return readEntry(call, key, (record) =>
    record !== undefined && isCollectionIn(record) ? call.fail(WRONG_TYPE.text) : write(record),
  );
}
