// A real Redis Cluster of three primaries, for tests.

import { until } from "./until.ts";
import { startRedis, type RedisServer } from "./redis.ts";

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** Comma-separated, as CACHEE_REDIS_URL takes it. */
  readonly url: string;
  stop(): Promise<void>;
}

const NODES = 3;

/** Starts the nodes and joins them; resolves once the cluster says that it is whole. */
export async function startCluster(): Promise<RedisCluster> {
  const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
  const nodes: RedisServer[] = [];
  for (let i = 0; i < NODES; i++) nodes.push(await startRedis(args));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const create = Bun.spawn(["redis-cli", "--cluster", "create", ...addresses, "--cluster-yes"], {
    stdout: "pipe",
    stderr: "pipe",
  });
  if ((await create.exited) !== 0) throw new Error(await new Response(create.stdout).text());
  for (const { port } of nodes) {
    await until(async () =>
      (await Bun.$`redis-cli -p ${port} cluster info`.text()).includes("cluster_state:ok"),
    );
  }
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(","),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
