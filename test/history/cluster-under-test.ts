// Real servers on a real Redis with its replica, each behind a proxy of its own, and what they are made of.

import { existsSync } from "node:fs";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

export const BOUND_MS = 1_000;
/** A machine that is busy with other work may take long; how long it took is told. */
export const HEALED_MS_MAX = 60_000;
/** Linux: whatever is written there finds the disk full. */
const FULL_DISK = "/dev/full";
const REDIS = ["--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes"];

export class ClusterUnderTest {
  primary: RedisServer;
  replica: RedisServer;
  readonly servers: readonly CacheeProcess[];
  /** Where each of them speaks RESP. */
  readonly respPorts: readonly number[];
  /** Another fleet on another database of the same Redis. */
  readonly stranger: CacheeProcess;
  /** One for each server; they lead to the primary. */
  readonly proxies: readonly TcpProxy[];
  /** What the replica follows the primary by. */
  readonly replication: TcpProxy;

  private constructor(parts: Parts, servers: readonly CacheeProcess[]) {
    this.primary = parts.primary;
    this.replica = parts.replica;
    this.proxies = parts.proxies;
    this.replication = parts.replication;
    this.respPorts = parts.respPorts;
    this.servers = servers.slice(0, -1);
    this.stranger = servers.at(-1)!;
  }

  /** The last of the servers has two workers, and all the time the disk is full that the first one logs to. */
  static async start(count: number): Promise<ClusterUnderTest> {
    const [primary, replica] = await Promise.all([startRedis(REDIS), startRedis(REDIS)]);
    const replication = await TcpProxy.start(primary.port);
    const proxies = await Promise.all(Array.from({ length: count + 1 }, () => TcpProxy.start(primary.port)));
    const respPorts = await Promise.all(proxies.map(() => freePort()));
    const parts = { primary, replica, proxies, replication, respPorts };
    await redisCommand(replica, "replicaof", "127.0.0.1", String(replication.port));
    const starting = await Promise.allSettled(
      proxies.map(({ url }, i) =>
        startCachee(
          {
            CACHEE_REDIS_URL: `${url}/${i === count ? 1 : 0}`,
            CACHEE_STALE_MAX_MS: String(BOUND_MS),
            CACHEE_RESP_PORT: String(respPorts[i]),
            CACHEE_LOG: "warn",
            CACHEE_WORKERS: i === count - 1 ? "2" : "1",
          },
          i === 0 && existsSync(FULL_DISK) ? FULL_DISK : undefined,
        ),
      ),
    );
    const servers = starting.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    try {
      for (const one of starting) if (one.status === "rejected") throw one.reason;
      await Promise.all(servers.map((server) => server.ready()));
    } catch (thrown) {
      await Promise.all(servers.map((server) => server.kill()));
      await stopAll(parts);
      throw thrown;
    }
    return new ClusterUnderTest(parts, servers);
  }

  /** Ends all faults; resolves once every server answers again. */
  async heal(): Promise<void> {
    for (const proxy of [...this.proxies, this.replication]) proxy.mood = "good";
    for (const server of this.servers) {
      await until(async () => {
        const read = await server.get("healed");
        await read.body?.cancel();
        return read.status !== 503 && (await proven(server));
      }, HEALED_MS_MAX).catch((thrown: unknown) => {
        throw new Error(`not healed: ${server.url} ${server.log().slice(-2_000)}`, { cause: thrown });
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers, this.stranger].map((server) => server.kill()));
    await stopAll(this);
  }
}

interface Parts {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly proxies: readonly TcpProxy[];
  readonly replication: TcpProxy;
  readonly respPorts: readonly number[];
}

async function stopAll({ primary, replica, proxies, replication }: Omit<Parts, "respPorts">): Promise<void> {
  await Promise.all([...proxies, replication].map((proxy) => proxy.stop()));
  await Promise.all([primary.stop(), replica.stop()]);
}

async function proven(server: CacheeProcess): Promise<boolean> {
  const stats = (await (await server.fetch("/stats")).json()) as { coherence: { state: string } };
  return stats.coherence.state === "proven";
}

/** One command, by redis-cli. */
export async function redisCommand(redis: RedisServer, ...args: string[]): Promise<string> {
  const child = Bun.spawn(["redis-cli", "-p", String(redis.port), ...args], {
    stdout: "pipe",
    stderr: "ignore",
  });
  return (await new Response(child.stdout).text()).trim();
}
