// One instance, wired: store, application and listener out of settings. Starts, drains, stops.

import { messageOf } from "../base/bug.ts";
import { Keyring } from "../auth/keyring.ts";
import { loadKeys } from "../auth/load-keys.ts";
import type { Lifecycle } from "../base/lifecycle.ts";
import { systemClock } from "../base/clock.ts";
import { IN_FLIGHT_BYTES_MAX, IN_FLIGHT_VALUES_MIN } from "../base/limits/in-flight.ts";
import type { Log } from "../base/log.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import { workersOf, type Settings } from "../base/settings/settings.ts";
import { FleetMembership, loadSource, warmTarget } from "./fleet-membership.ts";
import { createEngine } from "../cache/l1.ts";
import { InFlight } from "../base/in-flight.ts";
import { createApp } from "../http/app.ts";
import { RateLimit } from "../gate/rate-limit.ts";
import { Turns } from "../gate/turns.ts";
import type { Ready } from "../http/fast/ready.ts";
import { startLanes } from "./start-lanes.ts";
import { OwnOverview } from "./own-overview.ts";
import { toldLog } from "../observe/events.ts";
import { LoopDelay } from "../observe/loop-delay.ts";
import { Traffic } from "../observe/traffic.ts";
import { addressesOf } from "./listening/addresses.ts";
import { warmCode } from "./warm-code/warm-code.ts";
import { listen } from "./listening/listener.ts";
import { openStore, type OpenStore } from "./open-store.ts";
import { Reload } from "./reload.ts";
import { slabMemory } from "./slab-memory.ts";
import { claimSocketPath } from "./listening/unix-socket.ts";
import type { WorkerLinks } from "./worker-links.ts";

/** What the process that runs an instance needs of it: the same for one process and for several. */
export interface RunningInstance {
  readonly url: string;
  /** Where Redis clients are served, if they are. */
  readonly respPort: number | undefined;
  /** The API key made for this run, when none was configured. */
  readonly generatedKey: string | undefined;
  /** Reads the keys file and the certificate again; what is wrong leaves those in force. */
  reload(): void;
  /** Turns unready, finishes running requests, closes. */
  stop(): Promise<void>;
}

/** An instance, or one worker of it, in this process. */
export interface Instance extends RunningInstance {
  readonly port: number;
  /** What this process alone tells of itself. */
  readonly own: OwnOverview;
}

/** `worker`: the instance is one of several workers. */
export async function startInstance(
  given: Settings,
  writtenLog: Log,
  worker?: WorkerLinks,
): Promise<Instance> {
  const { settings, tls, reusePort, release } = addressesOf(given, worker !== undefined);
  const traffic = new Traffic(systemClock, systemClock.wallMs);
  const ownOverview = new OwnOverview(() => own);
  const { overview, tell, tellLogLevel } = worker ?? ownOverview;
  const log = toldLog(writtenLog, systemClock.wallMs, tell);
  const loaded = loadKeys(settings);
  const keyring = new Keyring(loaded.keys);
  const lifecycle: Lifecycle = { state: "starting" };
  const inFlight = new InFlight(Math.max(IN_FLIGHT_BYTES_MAX, IN_FLIGHT_VALUES_MIN * settings.valueBytesMax));
  const loopDelay = loopDelayOf(log);
  const opened = await openStoreOf(settings, log, traffic, worker);
  const { store, readOften } = opened;
  const instances = (): number => fleet.healthy;
  const own = { settings, traffic, opened, instances, inFlight, loopDelay, log, lifecycle };
  const fleet = new FleetMembership({
    settings,
    registry: opened.registry,
    load: loadSource(overview.snapshot, store),
    warm: warmTarget(store),
    workers: workersIn(settings, worker),
    sendsHeartbeats: worker === undefined || worker.index === 0,
    log,
  });
  const bounds = { inFlight, turns: new Turns(), rateLimit: rateLimitOf(settings, traffic, worker) };
  const shared = { settings, store, keyring, ...bounds, traffic, log, tellLogLevel, readOften };
  if (settings.unix !== undefined) await claimSocketPath(settings.unix);
  const lanes = startLanes({ ...shared, tls, reusePort, channelBus: opened.channels, worker });
  const { host, port, unix } = settings;
  const isSecure = tls !== undefined && unix === undefined;
  const app = createApp({ ...shared, ...lanes, lifecycle, overview, fleet, isSecure, clock: systemClock });
  const listener = listen({ app, host, port, unix, tls, reusePort, websocket: lanes.websocket, log });
  if (worker === undefined) ownOverview.start();
  // Redis may be long in coming; the instance answers meanwhile that it is starting.
  const reached = Promise.all([opened.ready, warmCode(settings).then(() => loopDelay.start())]);
  const becomingReady = becomeReady({ reached, worker, lifecycle, fleet, port: listener.port });
  if (opened.registry === undefined) await becomingReady;
  else becomingReady.catch((thrown: unknown) => log.error("not_joined", { reason: messageOf(thrown) }));
  return {
    url: listener.url,
    respPort: lanes.respPort,
    port: listener.port,
    own: ownOverview,
    generatedKey: loaded.generated,
    reload: new Reload(settings, keyring, tls, [listener, lanes], log).run,
    async stop() {
      lifecycle.state = "draining";
      await fleet.leave();
      await Promise.all([listener.stop(), lanes.stop()]);
      await opened.close();
      release();
      loopDelay.stop();
      ownOverview.stop();
    },
  };
}

function loopDelayOf(log: Log): LoopDelay {
  const cpuUs = () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  return new LoopDelay({ nowNs: systemClock.nowNs, cpuUs, work: loopWork, log });
}

function workersIn(settings: Settings, worker: WorkerLinks | undefined): number {
  return worker === undefined ? 1 : workersOf(settings);
}

/** One limit for all lanes and, where there are several, all workers. */
function rateLimitOf(settings: Settings, traffic: Traffic, worker: WorkerLinks | undefined): RateLimit {
  const rateLimit = new RateLimit(settings.rateLimit, traffic, workersIn(settings, worker));
  worker?.shareRate(rateLimit);
  return rateLimit;
}

function openStoreOf(
  settings: Settings,
  log: Log,
  { counts }: Traffic,
  worker: WorkerLinks | undefined,
): Promise<OpenStore<Ready>> {
  const { eviction: policy, l1BytesMax: bytesMax, instanceId } = settings;
  const allocator = slabMemory(settings.hugePages, log);
  return openStore<Ready>({
    settings,
    log,
    counts,
    origin: worker === undefined ? instanceId : `${instanceId}.${worker.index}`,
    worker,
    createEngine: (validation) => {
      const engine = createEngine<Ready>({ policy, bytesMax, allocator, ...validation });
      const used = engine.bytesMax;
      if (used < bytesMax)
        log.warn("l1_budget_above_bound", { setting: "CACHEE_L1_BYTES_MAX", bytesMax, used });
      return engine;
    },
  });
}

interface Becoming {
  /** Everything that is needed has been reached. */
  readonly reached: Promise<unknown>;
  readonly worker: WorkerLinks | undefined;
  readonly lifecycle: Lifecycle;
  readonly fleet: FleetMembership;
  readonly port: number;
}

/** Fills L1, turns ready with all other workers, and enters the fleet, unless it is to stop before. */
async function becomeReady({ reached, worker, lifecycle, fleet, port }: Becoming): Promise<void> {
  await reached;
  if (lifecycle.state === "starting") await fleet.warmUp();
  await worker?.allReady();
  if (lifecycle.state !== "starting") return;
  lifecycle.state = "ready";
  await fleet.join(port);
}
