// Partitions on one Redis and on a real cluster, and Sentinel's failover.

import { describe, expect, test } from "bun:test";
import { partitionOf } from "../../src/coherence/partition-of.ts";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { startCluster } from "../support/redis-cluster.ts";
import { startSentinel } from "../support/redis-sentinel.ts";
import { startRedis } from "../support/redis.ts";

async function textOf(server: CacheeProcess, key: string, headers = {}): Promise<string> {
  return (await server.get(key, headers)).text();
}

async function pair(env: Record<string, string>): Promise<[CacheeProcess, CacheeProcess]> {
  const [a, b] = await Promise.all([startCachee(env), startCachee(env)]);
  await Promise.all([a.ready(), b.ready()]);
  return [a, b];
}

async function becomes(server: CacheeProcess, key: string, status: number): Promise<void> {
  await until(async () => {
    const response = await server.get(key);
    await response.text();
    return response.status === status;
  });
}

/** Writes on one, reads on the other, overwrites, invalidates: over many keys, and so over all partitions. */
async function exercise(a: CacheeProcess, b: CacheeProcess): Promise<void> {
  const keys = Array.from({ length: 40 }, (_, i) => `k/${i}`);
  for (const key of keys) expect((await a.put(key, "one")).status).toBe(201);
  expect(await Promise.all(keys.map((key) => textOf(b, key)))).toEqual(keys.map(() => "one"));
  for (const key of keys) {
    const version = (await a.put(key, "two")).headers.get("x-cache-version")!;
    expect(await textOf(b, key, { "x-min-version": version })).toBe("two");
  }
  await until(async () =>
    (await Promise.all(keys.map((key) => textOf(b, key)))).every((text) => text === "two"),
  );
  const batch = { method: "POST", body: JSON.stringify({ get: keys, delete: keys.slice(0, 5) }) };
  expect(await (await b.fetch("/batch", batch)).json()).toMatchObject({ delete: 5 });
  const target = { method: "POST", body: JSON.stringify({ prefix: "k/" }) };
  expect(await (await a.fetch("/invalidate", target)).json()).toEqual({ invalidated: 35 });
  for (const key of keys) await becomes(b, key, 404);
}

test("every partition gets its share of keys, and each key always the same", () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 8_000; i++) {
    const partition = partitionOf(`key/${i}`, 8);
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(Math.min(...counts.values())).toBeGreaterThan(800);
  expect(partitionOf("é/1", 8)).toBe(partitionOf("é/1", 8));
  expect(partitionOf("anything", 1)).toBe(0);
});

describe("partitions", () => {
  test.concurrent(
    "on one Redis",
    async () => {
      const redis = await startRedis();
      const servers = await pair({ CACHEE_REDIS_URL: redis.url, CACHEE_PARTITIONS: "4" });
      await exercise(...servers);
      const scanned = await Bun.$`redis-cli -p ${redis.port} --scan --pattern ${"cachee:*:clock"}`.text();
      expect(scanned.trim().split("\n").sort()).toEqual([0, 1, 2, 3].map((i) => `cachee:{${i}}:clock`));
      const [a, b] = servers;
      for (const key of ["h1", "h2", "h3"]) {
        await a.put(key, "x");
        expect(await textOf(b, key)).toBe("x");
        await Bun.$`redis-cli -p ${redis.port} del ${`cachee:{${partitionOf(key, 4)}}:v1:${key}`}`.quiet();
      }
      await Bun.$`redis-cli -p ${redis.port} publish cachee:invalidate ${'{"keys":["h1","h2","h3"]}'}`.quiet();
      for (const key of ["h1", "h2", "h3"]) await becomes(b, key, 404);
      await Promise.all(servers.map((server) => server.stop()));
      await redis.stop();
    },
    30_000,
  );

  test.concurrent(
    "on a cluster of three: each node has some, and one that dies takes only its own with it",
    async () => {
      const cluster = await startCluster();
      const servers = await pair({
        CACHEE_REDIS_URL: cluster.url,
        CACHEE_PARTITIONS: "6",
        CACHEE_STALE_MAX_MS: "300",
      });
      const [a, b] = servers;
      await exercise(a, b);
      const clocks = await Promise.all(
        cluster.nodes.map(({ port }) =>
          Bun.$`redis-cli -p ${port} --scan --pattern ${"cachee:*:clock"}`.text(),
        ),
      );
      expect(clocks.map((text) => text.trim().split("\n").filter(Boolean).length > 0)).toEqual([
        true,
        true,
        true,
      ]);
      const keys = Array.from({ length: 30 }, (_, i) => `q/${i}`);
      for (const key of keys) await a.put(key, "x");
      await cluster.nodes[1]!.kill();
      const statuses = async () =>
        Promise.all(
          keys.map(async (key) => (await (await b.get(key, {})).text(), (await a.put(key, "y")).status)),
        );
      await until(async () => (await statuses()).includes(503));
      await cluster.nodes[1]!.restart();
      await until(async () => (await statuses()).every((status) => status < 300));
      for (const key of keys) await until(async () => (await textOf(b, key)) === "y");
      await Promise.all(servers.map((server) => server.stop()));
      await cluster.stop();
    },
    60_000,
  );

  test.concurrent(
    "on a cluster: a slot that moves is followed",
    async () => {
      const cluster = await startCluster();
      const servers = await pair({ CACHEE_REDIS_URL: cluster.url, CACHEE_PARTITIONS: "2" });
      const [a, b] = servers;
      await a.put("moves", "before");
      const tag = `cachee:{${partitionOf("moves", 2)}}:clock`;
      const port = cluster.nodes[0]!.port;
      const slot = (await Bun.$`redis-cli -p ${port} cluster keyslot ${tag}`.text()).trim();
      const ids = await Promise.all(
        cluster.nodes.map(async (node) =>
          (await Bun.$`redis-cli -p ${node.port} cluster myid`.text()).trim(),
        ),
      );
      const owner = (await Bun.$`redis-cli -p ${port} cluster nodes`.text())
        .split("\n")
        .find((line) => ownsSlot(line, Number(slot)))!
        .slice(0, 40);
      const from = ids.indexOf(owner);
      const to = (from + 1) % 3;
      const run = (node: number, ...args: string[]) =>
        Bun.$`redis-cli -p ${cluster.nodes[node]!.port} ${args}`.quiet().nothrow().text();
      await run(to, "cluster", "setslot", slot, "importing", ids[from]!);
      await run(from, "cluster", "setslot", slot, "migrating", ids[to]!);
      const keys = (await run(from, "cluster", "getkeysinslot", slot, "100")).trim().split("\n");
      await run(
        from,
        "migrate",
        "127.0.0.1",
        String(cluster.nodes[to]!.port),
        "",
        "0",
        "5000",
        "keys",
        ...keys,
      );
      for (const node of [to, from, 3 - from - to])
        await run(node, "cluster", "setslot", slot, "node", ids[to]!);
      await until(async () => (await a.put("moves", "after")).status < 300);
      await until(async () => (await textOf(b, "moves")) === "after");
      await until(async () => {
        const put = await a.put("moves", "later");
        return (
          put.status === 204 &&
          (await textOf(b, "moves", { "x-min-version": put.headers.get("x-cache-version")! })) === "later"
        );
      });
      await Promise.all(servers.map((server) => server.stop()));
      await cluster.stop();
    },
    60_000,
  );
});

test.concurrent(
  "Sentinel: when the primary dies its replica is found, and nothing old is served",
  async () => {
    const sentinel = await startSentinel();
    const servers = await pair({ CACHEE_REDIS_URL: sentinel.url });
    const [a, b] = servers;
    await a.put("k", "before");
    expect(await textOf(b, "k")).toBe("before");
    await sentinel.primary.kill();
    await until(async () => (await a.put("k", "after")).status < 300, 20_000);
    await until(async () => (await textOf(b, "k")) === "after", 20_000);
    const role = await Bun.$`redis-cli -p ${sentinel.replica.port} role`.text();
    expect(role).toStartWith("master");
    await Promise.all(servers.map((server) => server.stop()));
    await sentinel.stop();
  },
  60_000,
);

function ownsSlot(line: string, slot: number): boolean {
  return line
    .split(" ")
    .slice(8)
    .some((range) => {
      const [first, last] = range.split("-").map(Number);
      return slot >= first! && slot <= (last ?? first!);
    });
}
