// Starts the lanes beside HTTP that the settings ask for, over the same store, keys and limits.

import type { TLSOptions } from "bun";
import type { TlsFiles } from "./listening/tls.ts";
import { bindTo } from "./listening/bind.ts";
import { version } from "../../package.json";
import type { Keyring } from "../auth/keyring.ts";
import { reportBug } from "../base/bug.ts";
import type { ChannelBus } from "../store/channel-bus.ts";
import { systemClock } from "../base/clock.ts";
import { LANE_SWEEP_MS } from "../base/limits.ts";
import type { InFlight } from "../base/in-flight.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings/settings.ts";
import type { RateLimit } from "../gate/rate-limit.ts";
import type { Ready } from "../http/fast/ready.ts";
import { LaneTraffic, type LaneName } from "../observe/lane-traffic.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Store } from "../store/store.ts";
import { Connections } from "../gate/connections.ts";
import { KeyspaceEvents } from "../resp/commands/pubsub/keyspace-events.ts";
import { Channels } from "../resp/commands/pubsub/channels.ts";
import { FleetMessages } from "../resp/commands/pubsub/fleet-messages.ts";
import { CommandRunner } from "../resp/in-memory/command-runner.ts";
import { listenResp, type RespListener, type RespListenOptions } from "../resp/server.ts";
import type { Turns } from "../gate/turns.ts";
import { Tracker } from "../gate/tracker.ts";
import { createWebsocketServer, type WebsocketServer } from "../websocket/server.ts";
import type { WorkerLinks } from "./worker-links.ts";

export interface LanesOptions {
  readonly settings: Settings;
  readonly store: Store<Ready>;
  readonly keyring: Keyring;
  readonly rateLimit: RateLimit;
  readonly traffic: Traffic;
  readonly inFlight: InFlight;
  /** Brings messages to and from other instances; `undefined`: there are none. */
  readonly channelBus: ChannelBus | undefined;
  /** The instance is one of several workers. */
  readonly worker: WorkerLinks | undefined;
  readonly turns: Turns;
  readonly tls: TLSOptions | undefined;
  /** Other workers listen on the same port. */
  readonly reusePort: boolean;
  readonly log: Log;
}

export interface Lanes {
  readonly respPort: number | undefined;
  /** For Bun.serve. */
  readonly websocket: WebsocketServer;
  /** Redis's commands for those who send them over HTTP. */
  readonly commands: CommandRunner;
  exchangeTls(tls: TlsFiles): void;
  stop(): Promise<void>;
}

export function startLanes(options: LanesOptions): Lanes {
  const { settings, store } = options;
  const tracker = new Tracker(options.inFlight);
  const unlisten = store.changes.listen(tracker);
  const sweep = setInterval(() => {
    try {
      tracker.sweep(systemClock.wallMs());
      store.changes.attention.rest();
    } catch (thrown) {
      reportBug(options.log, thrown);
    }
  }, LANE_SWEEP_MS);
  const channels = startChannels(options);
  const lane = {
    ...options,
    tracker,
    channels,
    otherWorkers: options.worker?.lanes,
    keyspaceEvents: new KeyspaceEvents(channels),
    clock: systemClock,
    valueBytesMax: settings.valueBytesMax,
    defaultTtlMs: settings.defaultTtlMs,
    instanceId: settings.instanceId,
    version,
  };
  const traffic = (name: LaneName): LaneTraffic => {
    const laneTraffic = new LaneTraffic(name);
    options.traffic.lanes.push(laneTraffic);
    return laneTraffic;
  };
  const resp =
    settings.respPort === undefined
      ? undefined
      : startResp(lane, settings, settings.respPort, traffic("resp"));
  const commands = new CommandRunner({
    ...lane,
    connections: new Connections(),
    laneTraffic: traffic("redis_rest"),
  });
  const websocket = createWebsocketServer({
    ...lane,
    connections: new Connections(),
    laneTraffic: traffic("websocket"),
    staleMaxMs: settings.staleMaxMs,
  });
  return {
    respPort: resp?.port,
    websocket,
    commands,
    exchangeTls: (tls) => resp?.exchangeTls(tls),
    async stop() {
      clearInterval(sweep);
      unlisten();
      websocket.stop();
      await resp?.stop();
    },
  };
}

function startChannels({ channelBus, worker, inFlight, log }: LanesOptions): Channels {
  const bus = channelBus ?? worker?.channels;
  const channels = new Channels(bus);
  bus?.listen(new FleetMessages({ channels, inFlight, log, clock: systemClock }));
  return channels;
}

type RespOptions = Omit<RespListenOptions, "host" | "port" | "connections" | "laneTraffic">;

function startResp(
  options: RespOptions,
  settings: Settings,
  port: number,
  laneTraffic: LaneTraffic,
): RespListener {
  const connections = new Connections();
  laneTraffic.cuts = () => connections.cuts;
  const { host } = settings;
  return bindTo({ setting: "CACHEE_RESP_PORT", address: `${host}:${port}` }, () =>
    listenResp({ ...options, host, port, connections, laneTraffic }),
  );
}
