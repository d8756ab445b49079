// Real servers on a real Redis with its replica, each behind a proxy of its own, and everything that is done to them.

import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import type { Random } from "../simulation/random.ts";
import type { History } from "./history.ts";

export const BOUND_MS = 1_000;
const AOF = ["--appendonly", "yes", "--appendfsync", "always"];

export interface Nemesis {
  readonly name: string;
  run(): Promise<void>;
}

export class ClusterUnderTest {
  primary: RedisServer;
  replica: RedisServer;
  readonly servers: readonly CacheeProcess[];
  readonly #proxies: readonly TcpProxy[];

  private constructor(
    primary: RedisServer,
    replica: RedisServer,
    proxies: readonly TcpProxy[],
    servers: readonly CacheeProcess[],
  ) {
    this.primary = primary;
    this.replica = replica;
    this.#proxies = proxies;
    this.servers = servers;
  }

  static async start(count: number): Promise<ClusterUnderTest> {
    const [primary, replica] = await Promise.all([startRedis(AOF), startRedis(AOF)]);
    await command(replica, "replicaof", "127.0.0.1", String(primary.port));
    const proxies = await Promise.all(Array.from({ length: count }, () => TcpProxy.start(primary.port)));
    const starting = Promise.all(
      proxies.map(({ url }) =>
        startCachee({ CACHEE_REDIS_URL: url, CACHEE_STALE_MAX_MS: String(BOUND_MS), CACHEE_LOG: "warn" }),
      ),
    );
    const servers = await starting.catch(async (thrown: unknown) => {
      await Promise.all([...proxies.map((proxy) => proxy.stop()), primary.stop(), replica.stop()]);
      throw thrown;
    });
    await Promise.all(servers.map((server) => server.ready()));
    return new ClusterUnderTest(primary, replica, proxies, servers);
  }

  nemeses(random: Random, history: History): readonly Nemesis[] {
    const proxy = () => random.pick(this.#proxies);
    const mood = (name: TcpProxy["mood"], ms: number) => ({
      name,
      run: async () => {
        const one = proxy();
        one.mood = name;
        await Bun.sleep(ms);
        one.mood = "good";
      },
    });
    return [
      mood("slow", 600),
      mood("dark", 1_200),
      mood("truncating", 300),
      { name: "cut", run: async () => proxy().cut(false) },
      { name: "reset", run: async () => proxy().cut(true) },
      { name: "pubsub killed", run: () => command(this.primary, "client", "kill", "type", "pubsub") },
      { name: "redis stopped", run: () => stopped(this.primary, random.between(100, 1_500)) },
      { name: "instance stopped", run: () => stopped(random.pick(this.servers), random.between(100, 2_000)) },
      { name: "redis killed", run: () => this.#restart(random.between(0, 500)) },
      { name: "flushall", run: () => this.#flush(history) },
      { name: "replica promoted", run: () => this.#promote(history) },
    ];
  }

  /** Ends all faults; resolves once every server answers again. */
  async heal(): Promise<void> {
    for (const proxy of this.#proxies) proxy.mood = "good";
    for (const server of this.servers) {
      await until(async () => {
        const read = await server.get("healed");
        await read.body?.cancel();
        return read.status !== 503 && (await proven(server));
      }).catch((thrown: unknown) => {
        throw new Error(`not healed: ${server.log().slice(-2_000)}`, { cause: thrown });
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    await Promise.all([this.primary.stop(), this.replica.stop()]);
  }

  /** Killed with every acknowledged write on disk: nothing may be lost. */
  async #restart(downMs: number): Promise<void> {
    await this.primary.kill();
    await Bun.sleep(downMs);
    await this.primary.restart();
  }

  async #flush(history: History): Promise<void> {
    const fromMs = performance.now();
    await command(this.primary, "flushall");
    history.loss(fromMs, performance.now());
  }

  /** The primary dies and its replica, which may lack the last writes, takes its place. */
  async #promote(history: History): Promise<void> {
    const fromMs = performance.now();
    await this.primary.kill();
    await command(this.replica, "replicaof", "no", "one");
    [this.primary, this.replica] = [this.replica, this.primary];
    for (const proxy of this.#proxies) proxy.target = this.primary.port;
    for (const proxy of this.#proxies) proxy.cut(false);
    await this.replica.restart();
    await command(this.replica, "replicaof", "127.0.0.1", String(this.primary.port));
    history.loss(fromMs, performance.now());
  }
}

async function stopped(process: { signal(name: NodeJS.Signals): void }, ms: number): Promise<void> {
  process.signal("SIGSTOP");
  await Bun.sleep(ms);
  process.signal("SIGCONT");
}

async function proven(server: CacheeProcess): Promise<boolean> {
  const stats = (await (await server.fetch("/stats")).json()) as { coherence: { state: string } };
  return stats.coherence.state === "proven";
}

async function command(redis: RedisServer, ...args: string[]): Promise<void> {
  const child = Bun.spawn(["redis-cli", "-p", String(redis.port), ...args], {
    stdout: "ignore",
    stderr: "ignore",
  });
  await child.exited;
}
