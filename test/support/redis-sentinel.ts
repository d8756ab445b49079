// A real primary with its replica, watched over by a real Sentinel, for tests.

import { until } from "./until.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accepts, freePort, startRedis, type RedisServer } from "./redis.ts";

export interface RedisSentinel {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** As CACHEE_REDIS_URL takes it. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSentinel(): Promise<RedisSentinel> {
  const primary = await startRedis();
  const replica = await startRedis(["--replicaof", "127.0.0.1", String(primary.port)]);
  await synced(replica.port);
  const port = await freePort();
  const config = join(primary.dir, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${primary.dir}`,
    `sentinel monitor cachee 127.0.0.1 ${primary.port} 1`,
    "sentinel down-after-milliseconds cachee 500",
    "sentinel failover-timeout cachee 3000",
  ];
  await writeFile(config, lines.join("\n") + "\n");
  const sentinel = Bun.spawn(["redis-server", config, "--sentinel"], { stdout: "ignore", stderr: "ignore" });
  await until(() => accepts(port));
  // A Sentinel learns of replicas from the primary, some seconds after its start.
  await until(async () =>
    (await Bun.$`redis-cli -p ${port} sentinel replicas cachee`.text()).includes(String(replica.port)),
  );
  return {
    primary,
    replica,
    url: `redis://127.0.0.1:${port}/?sentinel=cachee`,
    async stop() {
      sentinel.kill("SIGKILL");
      await sentinel.exited;
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}

async function synced(port: number): Promise<void> {
  await until(async () =>
    (await Bun.$`redis-cli -p ${port} info replication`.text()).includes("master_link_status:up"),
  );
}
