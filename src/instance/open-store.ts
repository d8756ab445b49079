// Opens the store that the settings ask for: embedded, or shared through Redis.

import type { ChannelBus } from "../store/channel-bus.ts";
import { systemClock } from "../base/clock.ts";
import { TICK_MS, TICK_STEPS } from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings/settings.ts";
import { systemTimers } from "../base/timers.ts";
import type { Registry } from "../cluster/registry.ts";
import type { Engine, Entry, Validation } from "../cache/engine.ts";
import type { Counts } from "../observe/counts.ts";
import type { EngineFigures, TierFigures } from "../observe/sources.ts";
import { Compressor } from "../record/compressor.ts";
import { EmbeddedStore } from "../store/embedded/embedded-store.ts";
import { LateValidation } from "../store/marks/late-validation.ts";
import { loadSnapshot } from "../snapshot/load.ts";
import { SnapshotKeeper } from "../snapshot/snapshot-keeper.ts";
import type { ShardLink } from "../store/shared/shard.ts";
import { LateVariants } from "../store/late-variants.ts";
import { SharedStore } from "../store/shared/shared-store.ts";
import type { Store } from "../store/store.ts";
import { openCommon } from "./open-common.ts";
import type { WorkerLinks } from "./worker-links.ts";

/** How often an unready store is asked whether it is ready now, ms. */
const READY_POLL_MS = 5;

export interface OpenStore<M> {
  readonly store: Store<M>;
  /** Resolves once everything configured has been reached; at once where nothing is. */
  readonly ready: Promise<void>;
  /** The fleet's registry, where there is a Redis to keep it. */
  readonly registry: Registry | undefined;
  /** Carries what clients publish to one another, where there is a Redis to do it. */
  readonly channels: ChannelBus | undefined;
  /** What the figures of the L2 are read from, where there is one. */
  readonly tier: TierFigures | undefined;
  /** Has compressed variants made of an entry that HTTP reads often and that has none. */
  readonly readOften: (entry: Entry<M>) => void;
  /** What this process adds to the instance's figures of L1, if it is not what its engine says. */
  readonly engineFigures?: EngineFigures;
  close(): Promise<void>;
}

type OpenTier<M> = Omit<OpenStore<M>, "readOften">;

export interface OpenStoreOptions<M> {
  readonly settings: Settings;
  readonly log: Log;
  readonly counts: Counts;
  /** Names this process in its messages. */
  readonly origin: string;
  /** This process is one of several workers. */
  readonly worker: Pick<WorkerLinks, "index" | "memory" | "siblings"> | undefined;
  readonly createEngine: (validation: Validation<M>) => Engine<M>;
}

export async function openStore<M>(options: OpenStoreOptions<M>): Promise<OpenStore<M>> {
  const opened = await openTier(options);
  const { engine } = opened.store;
  const sweep = loopWork.kind("l1 sweep");
  const tick = setInterval(() => {
    const nowNs = systemClock.nowNs();
    loopWork.begin(sweep, nowNs);
    engine.tick(nowNs / 1e6, TICK_STEPS);
  }, TICK_MS);
  const late = new LateVariants(engine, new Compressor(), systemClock);
  return {
    ...opened,
    readOften: (entry) => late.consider(entry),
    async close() {
      clearInterval(tick);
      await opened.close();
    },
  };
}

function openTier<M>(options: OpenStoreOptions<M>): OpenTier<M> | Promise<OpenTier<M>> {
  if (options.settings.redisUrls.length > 0) return openRedis(options);
  const { worker } = options;
  if (worker?.memory === undefined) return openEmbedded(options);
  const { store, engineFigures } = openCommon<M>(worker.memory, worker.index, worker.siblings);
  return { ...alone(store), engineFigures };
}

async function openEmbedded<M>(options: OpenStoreOptions<M>): Promise<OpenTier<M>> {
  const { snapshot: path, snapshotSeconds } = options.settings;
  const everyMs = snapshotSeconds * 1_000;
  // The engine has its entries before there is a store that says which are valid: all of them are.
  const late = new LateValidation<M>();
  const engine = options.createEngine(late);
  const { log } = options;
  const clock = systemClock;
  const loaded = path === undefined ? undefined : await loadSnapshot(engine, { path, clock, log });
  const store = new EmbeddedStore<M>({
    createEngine: (validation) => {
      late.settle(validation);
      return engine;
    },
    clock,
    compressor: new Compressor(),
    epoch: loaded?.epoch ?? crypto.randomUUID(),
    n: loaded?.n ?? 0,
  });
  const lastVersion = () => store.lastVersion;
  const keeper =
    path === undefined ? undefined : new SnapshotKeeper({ path, everyMs, engine, lastVersion, clock, log });
  const closed = async () => {
    await store.close();
    await keeper?.stop();
  };
  return { ...alone(store), close: closed };
}

/** The client of Redis is loaded by those only who need it. */
async function openRedis<M>(options: OpenStoreOptions<M>): Promise<OpenTier<M>> {
  const { settings, log } = options;
  const { createRedisTier } = await import("../redis/tier.ts");
  const { partitions, l2TimeoutMs, redisUrls } = settings;
  const tier = createRedisTier({ urls: redisUrls, partitions, l2TimeoutMs, log });
  tier.start();
  return openShared(options, tier);
}

/** Nothing beside the store is to be reached or closed. */
function alone<M>(store: Store<M>): OpenTier<M> {
  return {
    store,
    ready: Promise.resolve(),
    registry: undefined,
    channels: undefined,
    tier: undefined,
    close: () => store.close(),
  };
}

interface Tier {
  readonly links: readonly ShardLink[];
  readonly isUp: boolean;
  readonly registry?: Registry;
  readonly channels?: ChannelBus;
  close(): Promise<void>;
}

function openShared<M>(options: OpenStoreOptions<M>, tier: Tier): OpenTier<M> {
  const { settings } = options;
  const store = new SharedStore<M>({
    ...options,
    ...settings,
    siblings: options.worker?.siblings,
    clock: systemClock,
    timers: systemTimers,
    compressor: new Compressor(),
    links: tier.links,
  });
  store.start();
  let poll: Timer | undefined;
  const ready = new Promise<void>((resolve) => {
    poll = setInterval(() => {
      if (!tier.isUp || !store.shards.every((shard) => shard.isProvenOnce)) return;
      clearInterval(poll);
      resolve();
    }, READY_POLL_MS);
  });
  return {
    store,
    ready,
    registry: tier.registry,
    channels: tier.channels,
    tier: store,
    async close() {
      clearInterval(poll);
      await store.close();
      await tier.close();
    },
  };
}
