// The shared tier on Redis: for each partition an L2 and a bus, over connections shared by server.

import { messageOf } from "../base/bug.ts";
import type { ChannelBus } from "../store/channel-bus.ts";
import { UpOrDown } from "../base/up-or-down.ts";
import { REGISTRY_MS_MAX } from "../base/fleet-limits.ts";
import type { Log } from "../base/log.ts";
import type { Registry } from "../cluster/registry.ts";
import { RedisBus } from "./bus.ts";
import { RedisChannels } from "./channels.ts";
import { databaseOf, topologyOf } from "./endpoint.ts";
import { RedisL2 } from "./l2.ts";
import { RedisNames } from "./names.ts";
import { RedisPool } from "./pool.ts";
import { RedisRegistry } from "./registry.ts";
import type { ShardLink } from "../store/shared/shard.ts";

/** Silence, in multiples of an operation's bound and in ms at least, after which the command connection is dead. */
const SILENCE_TIMEOUTS = 2.5;
const SILENCE_MS_MIN = 500;

export interface RedisTier {
  readonly links: readonly ShardLink[];
  readonly registry: Registry;
  /** Carries what clients publish to one another. */
  readonly channels: ChannelBus;
  /** Every partition's L2 is connected. */
  readonly isUp: boolean;
  start(): void;
  close(): Promise<void>;
}

export interface RedisTierOptions {
  readonly urls: readonly string[];
  readonly partitions: number;
  readonly l2TimeoutMs: number;
  readonly log: Log;
}

export function createRedisTier(options: RedisTierOptions): RedisTier {
  const { urls, partitions, l2TimeoutMs, log } = options;
  const isCluster = topologyOf(urls) === "cluster";
  const database = databaseOf(urls);
  const pool = new RedisPool(Math.max(SILENCE_MS_MIN, SILENCE_TIMEOUTS * l2TimeoutMs));
  const tiers = Array.from({ length: partitions }, (_, partition) => {
    const names = new RedisNames({ partition, partitions, isCluster, database });
    const state = new UpOrDown();
    const bus = new RedisBus(urls, pool, names);
    const l2 = new RedisL2({
      urls,
      pool,
      names,
      clockRunId: () => bus.clockRunId,
      onUp: () => state.up(() => log.info("redis_up", { partition })),
      onDoubt: (reason) => {
        log.warn("redis_elsewhere", { partition, reason });
        bus.doubt(reason);
      },
      onDown: (reason) => state.down(() => log.warn("redis_down", { partition, reason: messageOf(reason) })),
    });
    return { l2, bus };
  });
  return {
    links: tiers,
    channels: new RedisChannels({
      urls,
      pool,
      names: new RedisNames({ partition: 0, partitions, isCluster, database }),
      timeoutMs: l2TimeoutMs,
    }),
    registry: new RedisRegistry({ urls, pool, timeoutMs: REGISTRY_MS_MAX }),
    get isUp() {
      return tiers.every(({ l2 }) => l2.isUp);
    },
    start() {
      for (const { l2 } of tiers) void l2.run();
    },
    async close() {
      for (const { l2 } of tiers) l2.stop();
      await pool.close();
    },
  };
}
