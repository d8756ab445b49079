// Entries that expire, or are evicted, as keyspace notifications. Cold.

import type { Services } from "../services.ts";

/** Has the engine tell of them, if such events are wanted. What L1 evicts is still there where there is an L2. */
export function tellDepartures({ options, store }: Services): void {
  const { keyspaceEvents } = options;
  const isTruth = store.freshUntilMs === Number.POSITIVE_INFINITY;
  const { departures } = store.engine;
  keyspaceEvents.attend(store.changes);
  if (!keyspaceEvents.isOn) {
    departures.tell = undefined;
    return;
  }
  departures.tell = (key, reason) => {
    if (reason === "expired") keyspaceEvents.tell({ name: "expired", kind: "x", key }, options);
    else if (reason === "capacity" && isTruth)
      keyspaceEvents.tell({ name: "evicted", kind: "e", key }, options);
  };
}
