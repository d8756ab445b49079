// A store, keys and limits like an instance's own, for requests that nobody sends and nothing is to be seen of. Cold.

import { bareKey } from "../../auth/api-key.ts";
import { Keyring } from "../../auth/keyring.ts";
import { systemClock } from "../../base/clock.ts";
import { InFlight } from "../../base/in-flight.ts";
import { silentLog } from "../../base/log.ts";
import type { Settings } from "../../base/settings/settings.ts";
import { createEngine } from "../../cache/l1.ts";
import { Turns } from "../../gate/turns.ts";
import { Connections } from "../../gate/connections.ts";
import type { LaneOptions } from "../../gate/lane-options.ts";
import { RateLimit } from "../../gate/rate-limit.ts";
import { Tracker } from "../../gate/tracker.ts";
import type { Ready } from "../../http/fast/ready.ts";
import { LaneTraffic } from "../../observe/lane-traffic.ts";
import { Traffic } from "../../observe/traffic.ts";
import { Compressor } from "../../record/compressor.ts";
import { EmbeddedStore } from "../../store/embedded/embedded-store.ts";

const L1_BYTES = 1024 * 1024;

/** The one key that the throwaway parts know. */
export const SECRET = "known-to-nobody-else";

/** One request, or one message of several; its answer is thrown away. */
export type Send = () => unknown;

export type Throwaway = Omit<LaneOptions, "store"> & { readonly store: EmbeddedStore<Ready> };

export function throwaway({ eviction: policy, valueBytesMax }: Settings): Throwaway {
  const traffic = new Traffic(systemClock);
  const inFlight = new InFlight();
  return {
    store: new EmbeddedStore<Ready>({
      createEngine: (validation) => createEngine<Ready>({ policy, bytesMax: L1_BYTES, ...validation }),
      clock: systemClock,
      compressor: new Compressor(),
      epoch: "warm",
    }),
    keyring: new Keyring([bareKey(SECRET)]),
    rateLimit: new RateLimit(undefined, traffic),
    traffic,
    laneTraffic: new LaneTraffic("resp"),
    connections: new Connections(),
    turns: new Turns(),
    tracker: new Tracker(inFlight),
    inFlight,
    clock: systemClock,
    log: silentLog,
    valueBytesMax,
    defaultTtlMs: undefined,
  };
}
