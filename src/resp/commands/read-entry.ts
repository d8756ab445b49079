// Reads one entry for a command, from whichever tier has it.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { ReadResult } from "../../store/store.ts";
import type { Client } from "../connection/connection.ts";
import { takeRate } from "../connection/rate.ts";
import { NOT_AVAILABLE } from "../wire/refusal.ts";

/**
 * Reads `key` and hands its record to `write`, or nothing where there is none. The record is good until `write`
 * returns. What keeps the read from being done is answered here.
 */
export function readEntry(
  client: Client,
  key: string,
  write: (record: Uint8Array | undefined) => void,
): MaybePromise<void> {
  const { store, options } = client.lane;
  return after(store.read(key, client.nowMs), (result: ReadResult<unknown>): void => {
    switch (result.kind) {
      case "found":
        if (result.tier === "l1") options.traffic.hitsL1 += 1;
        else options.traffic.hitsL2 += 1;
        client.tracking.found(key, result.entry.record);
        return write(result.entry.record);
      case "miss":
        options.traffic.misses += 1;
        return takeRate(client, 1) ? write(undefined) : undefined;
      case "unavailable":
        return client.fail(NOT_AVAILABLE.text);
    }
  });
}
