// What every lane beside HTTP is made with: the store, its keys, limits and counts. No code here.

import type { Keyring } from "../auth/keyring.ts";
import type { Clock } from "../base/clock.ts";
import type { InFlight } from "../base/in-flight.ts";
import type { Log } from "../base/log.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { LaneTraffic } from "../observe/lane-traffic.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Store } from "../store/store.ts";
import type { Connections } from "./connections.ts";
import type { Turns } from "./turns.ts";
import type { Tracker } from "./tracker.ts";

export interface LaneOptions {
  readonly store: Store<unknown>;
  readonly keyring: Keyring;
  readonly rateLimit: RateLimit;
  readonly traffic: Traffic;
  readonly laneTraffic: LaneTraffic;
  readonly connections: Connections;
  readonly tracker: Tracker;
  readonly inFlight: InFlight;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly log: Log;
  readonly valueBytesMax: number;
  readonly defaultTtlMs: number | undefined;
}
