// Starts the lanes beside HTTP that the settings ask for, over the same store, keys and limits.

import type { TLSOptions } from "bun";
import { version } from "../../package.json";
import type { Keyring } from "../auth/keyring.ts";
import { systemClock } from "../base/clock.ts";
import { LANE_SWEEP_MS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings/settings.ts";
import type { RateLimit } from "../gate/rate-limit.ts";
import type { Ready } from "../http/fast/ready.ts";
import { LaneTraffic } from "../observe/lane-traffic.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Store } from "../store/store.ts";
import { Connections } from "../gate/connections.ts";
import { listenResp } from "../resp/server.ts";
import { Tracker } from "../gate/tracker.ts";
import { createWebsocketServer, type WebsocketServer } from "../websocket/server.ts";

export interface LanesOptions {
  readonly settings: Settings;
  readonly store: Store<Ready>;
  readonly keyring: Keyring;
  readonly rateLimit: RateLimit;
  readonly traffic: Traffic;
  readonly tls: TLSOptions | undefined;
  /** Other workers listen on the same port. */
  readonly reusePort: boolean;
  readonly log: Log;
}

export interface Lanes {
  readonly respPort: number | undefined;
  /** For Bun.serve. */
  readonly websocket: WebsocketServer;
  stop(): Promise<void>;
}

export function startLanes(options: LanesOptions): Lanes {
  const { settings, store } = options;
  const tracker = new Tracker();
  const unlisten = store.changes.listen(tracker);
  const sweep = setInterval(() => tracker.sweep(systemClock.wallMs()), LANE_SWEEP_MS);
  const respTraffic = new LaneTraffic("resp");
  const connections = new Connections();
  respTraffic.cuts = () => connections.cuts;
  const resp =
    settings.respPort === undefined
      ? undefined
      : listenResp({
          ...options,
          host: settings.host,
          port: settings.respPort,
          reusePort: options.reusePort,
          connections,
          tracker,
          laneTraffic: respTraffic,
          clock: systemClock,
          valueBytesMax: settings.valueBytesMax,
          defaultTtlMs: settings.defaultTtlMs,
          instanceId: settings.instanceId,
          version,
        });
  if (resp !== undefined) options.traffic.lanes.push(respTraffic);
  const websocketTraffic = new LaneTraffic("websocket");
  options.traffic.lanes.push(websocketTraffic);
  const websocket = createWebsocketServer({
    ...options,
    connections: new Connections(),
    tracker,
    laneTraffic: websocketTraffic,
    clock: systemClock,
    valueBytesMax: settings.valueBytesMax,
    defaultTtlMs: settings.defaultTtlMs,
    staleMaxMs: settings.staleMaxMs,
  });
  return {
    respPort: resp?.port,
    websocket,
    async stop() {
      clearInterval(sweep);
      unlisten();
      websocket.stop();
      await resp?.stop();
    },
  };
}
