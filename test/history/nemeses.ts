// Everything that is done to the servers, to their Redis, and to the way between them.

import type { RedisServer } from "../support/redis.ts";
import type { ProxyMood } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import type { Random } from "../simulation/random.ts";
import { redisCommand, type ClusterUnderTest } from "./cluster-under-test.ts";
import type { History } from "./history.ts";
import { pass } from "./pass.ts";

export interface Nemesis {
  readonly name: string;
  run(): Promise<unknown>;
}

/** One of each kind, to pick from. */
export function nemesesOf(cluster: ClusterUnderTest, random: Random, history: History): readonly Nemesis[] {
  return [
    ...networkNemeses(cluster, random),
    ...redisNemeses(cluster, random),
    ...lossNemeses(cluster, random, history),
    {
      name: "instance stopped",
      run: () => stopped(random.pick(cluster.servers), random.between(100, 2_000)),
    },
    { name: "worker killed", run: () => killWorker(cluster) },
  ];
}

function networkNemeses({ proxies }: ClusterUnderTest, random: Random): Nemesis[] {
  const mood = (name: ProxyMood, ms: number): Nemesis => ({
    name,
    run: async () => {
      const one = random.pick(proxies);
      one.mood = name;
      await pass(ms);
      one.mood = "good";
    },
  });
  return [
    mood("slow", 600),
    mood("dark", 1_200),
    mood("truncating", 300),
    { name: "cut", run: async () => random.pick(proxies).cut(false) },
    { name: "reset", run: async () => random.pick(proxies).cut(true) },
  ];
}

/** What a Redis does that loses nothing. */
function redisNemeses(cluster: ClusterUnderTest, random: Random): Nemesis[] {
  const command = (...args: string[]): Nemesis => ({
    name: args.join(" "),
    run: () => redisCommand(cluster.primary, ...args),
  });
  const ms = String(Math.ceil(random.between(50, 1_000)));
  return [
    command("client", "kill", "type", "pubsub"),
    command("client", "kill", "type", "normal"),
    command("client", "kill", "type", "replica"),
    command("script", "flush"),
    command("client", "pause", ms, "all"),
    command("client", "pause", ms, "write"),
    command("debug", "sleep", String(Number(ms) / 1_000)),
    { name: "redis stopped", run: () => stopped(cluster.primary, random.between(100, 1_500)) },
    { name: "redis killed", run: () => restart(cluster.primary, random.between(0, 500)) },
    {
      name: "maxmemory",
      run: async () => {
        const { primary } = cluster;
        await redisCommand(primary, "config", "set", "maxmemory", "1");
        await pass(random.between(50, 500));
        await redisCommand(primary, "config", "set", "maxmemory", "0");
      },
    },
    {
      name: "replication slow",
      run: async () => {
        cluster.replication.mood = "slow";
        await pass(random.between(100, 1_000));
        cluster.replication.mood = "good";
      },
    },
  ];
}

function lossNemeses(cluster: ClusterUnderTest, random: Random, history: History): Nemesis[] {
  const losing = (name: string, work: () => Promise<unknown>): Nemesis => ({
    name,
    run: async () => {
      const fromMs = performance.now();
      await work();
      history.loss(fromMs, performance.now());
    },
  });
  return [
    losing("flushall", () => redisCommand(cluster.primary, "flushall")),
    losing("primary killed, replica promoted", () => failOver(cluster)),
    losing("replica promoted behind the address", () => promote(cluster, random)),
    {
      name: "replica promoted behind the address, with lag",
      run: async () => {
        cluster.replication.mood = "slow";
        await losing("", () => promote(cluster, random)).run();
        await pass(random.between(200, 1_000));
        cluster.replication.mood = "good";
      },
    },
  ];
}

/** Killed with every acknowledged write on disk: nothing may be lost. While Redis writes its file anew, as it does after
 *  it has taken over all of a primary's data, what it acknowledges is not in the file that a restart reads. */
async function restart(redis: RedisServer, downMs: number): Promise<void> {
  await until(async () => {
    const persistence = await redisCommand(redis, "info", "persistence");
    return /aof_rewrite_in_progress:0/.test(persistence) && /aof_rewrite_scheduled:0/.test(persistence);
  });
  await redis.kill();
  await pass(downMs);
  await redis.restart();
}

/** The primary dies and its replica, which may lack the last writes, takes its place. */
async function failOver(cluster: ClusterUnderTest): Promise<void> {
  await cluster.primary.kill();
  await redisCommand(cluster.replica, "replicaof", "no", "one");
  exchange(cluster);
  for (const proxy of cluster.proxies) proxy.cut(false);
  await cluster.replica.restart();
  await redisCommand(cluster.replica, "replicaof", "127.0.0.1", String(cluster.replication.port));
}

/** The address leads to the promoted replica from now on; connections to the demoted primary stay, or some of them. */
async function promote(cluster: ClusterUnderTest, random: Random): Promise<void> {
  const { primary, replica, replication } = cluster;
  await redisCommand(replica, "replicaof", "no", "one");
  exchange(cluster);
  await redisCommand(primary, "replicaof", "127.0.0.1", String(replication.port));
  if (random.chance(0.5)) random.pick(cluster.proxies).cut(false);
}

function exchange(cluster: ClusterUnderTest): void {
  [cluster.primary, cluster.replica] = [cluster.replica, cluster.primary];
  for (const proxy of [...cluster.proxies, cluster.replication]) proxy.target = cluster.primary.port;
}

async function killWorker({ servers }: ClusterUnderTest): Promise<void> {
  const children = await Bun.$`pgrep -P ${servers.at(-1)!.pid}`.nothrow().quiet().text();
  const pid = Number(children.split("\n")[0]);
  if (pid > 0) process.kill(pid, "SIGKILL");
}

async function stopped(process: { signal(name: NodeJS.Signals): void }, ms: number): Promise<void> {
  process.signal("SIGSTOP");
  await pass(ms);
  process.signal("SIGCONT");
}
