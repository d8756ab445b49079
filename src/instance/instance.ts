// One instance, wired: store, application and listener out of settings. Starts, drains, stops.

import { messageOf } from "../base/bug.ts";
import { readFileSync } from "node:fs";
import { Keyring } from "../auth/keyring.ts";
import { configuredKeys, loadKeys } from "../auth/load-keys.ts";
import type { Lifecycle } from "../base/lifecycle.ts";
import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { SettingError, workersOf, type Settings } from "../base/settings.ts";
import { FleetSeat } from "./fleet-seat.ts";
import { createEngine } from "../cache/l1.ts";
import { createApp } from "../http/app.ts";
import { RateLimit } from "../gate/rate-limit.ts";
import type { Ready } from "../http/fast/ready.ts";
import { startLanes } from "./start-lanes.ts";
import type { LaneTraffic } from "../observe/lane-traffic.ts";
import { ownProcess, type ReportSources } from "../observe/report.ts";
import { reportStateOf, sumOf, type ReportState } from "../observe/report-state.ts";
import { Traffic } from "../observe/traffic.ts";
import { listen } from "./listener.ts";
import { openStore } from "./open-store.ts";
import { slabMemory } from "./slab-memory.ts";
import { claimSocketPath } from "./unix-socket.ts";
import type { Seat } from "./seat.ts";

/** What the process that runs an instance needs of it: the same for one process and for several. */
export interface RunningInstance {
  readonly url: string;
  /** Where Redis clients are served, if they are. */
  readonly respPort: number | undefined;
  /** The API key made for this run, when none was configured. */
  readonly generatedKey: string | undefined;
  /** Reads the keys file again; keys that are wrong leave those in force. */
  reloadKeys(): void;
  /** Turns unready, finishes running requests, closes. */
  stop(): Promise<void>;
}

/** An instance, or one worker of it, in this process. */
export interface Instance extends RunningInstance {
  readonly port: number;
  /** What this process alone has to report. */
  report(): ReportState;
}

/** `seat` makes it one of several workers. */
export async function startInstance(settings: Settings, log: Log, seat?: Seat): Promise<Instance> {
  const loaded = loadKeys(settings);
  const keyring = new Keyring(loaded.keys);
  const traffic = new Traffic(systemClock);
  const lifecycle: Lifecycle = { state: "starting" };
  const allocator = slabMemory(settings.hugePages, log);
  const opened = await openStore<Ready>({
    settings,
    log,
    origin: seat === undefined ? settings.instanceId : `${settings.instanceId}.${seat.index}`,
    hub: seat?.hub,
    createEngine: (isValid) =>
      createEngine<Ready>({ policy: settings.eviction, bytesMax: settings.l1BytesMax, allocator, isValid }),
  });
  const laneTraffic: LaneTraffic[] = [];
  const { store } = opened;
  const report: ReportSources = {
    instance: settings.instanceId,
    process: ownProcess,
    traffic,
    engineStats: () => store.engine.stats(),
    shared: () => ({ ...opened.report(), instances: fleet.healthy }),
    lanes: laneTraffic,
  };
  const rateLimit = new RateLimit(settings.rateLimit, traffic);
  const gather = seat === undefined ? () => report : async () => sumOf(await seat.collect());
  const fleet = new FleetSeat({
    settings,
    store,
    registry: opened.registry,
    gather,
    workers: seat === undefined ? 1 : workersOf(settings),
    beats: seat === undefined || seat.index === 0,
    log,
  });
  if (settings.unix !== undefined) await claimSocketPath(settings.unix);
  const tls = readTls(settings);
  const reusePort = seat !== undefined;
  const lanes = startLanes({
    settings,
    store,
    keyring,
    rateLimit,
    traffic,
    laneTraffic,
    tls,
    reusePort,
    log,
  });
  const app = createApp({
    settings,
    store,
    keyring,
    rateLimit,
    traffic,
    lifecycle,
    report: gather,
    instances: () => fleet.instances(),
    websocket: lanes.websocket,
    clock: systemClock,
    log,
  });
  const listener = listen({
    app,
    host: settings.host,
    port: settings.port,
    unix: settings.unix,
    tls,
    reusePort,
    websocket: lanes.websocket,
    log,
  });
  const becomeReady = async () => {
    await opened.ready;
    if (lifecycle.state === "starting") await fleet.warmUp();
    if (lifecycle.state !== "starting") return;
    lifecycle.state = "ready";
    await fleet.join();
  };
  fleet.listens(listener.port);
  // Redis may be long in coming; the instance answers meanwhile that it is starting.
  if (opened.registry === undefined) await becomeReady();
  else void becomeReady().catch((thrown: unknown) => log.error("not_joined", { reason: messageOf(thrown) }));
  return {
    url: listener.url,
    respPort: lanes.respPort,
    port: listener.port,
    report: () => reportStateOf(report),
    generatedKey: loaded.generated,
    reloadKeys: () => reloadKeys(settings, keyring, log),
    async stop() {
      lifecycle.state = "draining";
      await fleet.leave();
      await Promise.all([listener.stop(), lanes.stop()]);
      await opened.close();
    },
  };
}

function reloadKeys(settings: Settings, keyring: Keyring, log: Log): void {
  if (settings.keysFile === undefined) return;
  try {
    const keys = configuredKeys(settings);
    if (keys.length === 0) throw new SettingError("CACHEE_KEYS_FILE holds no key");
    keyring.replace(keys);
    log.info("keys_reloaded", { count: keys.length });
  } catch (thrown) {
    if (!(thrown instanceof SettingError)) throw thrown;
    log.error("keys_not_reloaded", { reason: thrown.message });
  }
}

function readTls(settings: Settings): { cert: string; key: string } | undefined {
  const { tlsCert, tlsKey } = settings;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const read = (name: string, path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      throw new SettingError(`${name} cannot be read`);
    }
  };
  return {
    cert: read("CACHEE_TLS_CERT", tlsCert),
    key: read("CACHEE_TLS_KEY", tlsKey),
  };
}
