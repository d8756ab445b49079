// The registry's contract, held to a real Redis and to the one in memory that simulations use.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createClient } from "redis";
import { DECISIONS_MAX } from "../../src/base/fleet-limits.ts";
import type { Registry } from "../../src/cluster/registry.ts";
import { RedisPool } from "../../src/redis/pool.ts";
import { RedisRegistry } from "../../src/redis/registry.ts";
import { startCluster, type RedisCluster } from "../support/redis-cluster.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { until } from "../support/until.ts";
import { MemoryRegistry } from "./support/memory-registry.ts";

const LONG_MS = 60_000;
const SHORT_MS = 60;
let redis: RedisServer;
let cluster: RedisCluster;
let pool: RedisPool;

beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis(), startCluster()]);
  pool = new RedisPool(60_000);
});
afterAll(async () => {
  await pool.close();
  await Promise.all([redis.stop(), cluster.stop()]);
});

async function flush(node: RedisServer): Promise<void> {
  await inRedis(async (client) => void (await client.sendCommand(["FLUSHALL"])), node);
}

async function inRedis(
  work: (client: { sendCommand(args: string[]): Promise<unknown> }) => Promise<void>,
  node = redis,
) {
  const client = createClient({ url: node.url });
  await client.connect();
  await work(client);
  client.destroy();
}

const KINDS: readonly (readonly [string, () => Promise<Registry>])[] = [
  ["memory", () => Promise.resolve(new MemoryRegistry(() => performance.now()))],
  [
    "Redis",
    async () => {
      await flush(redis);
      return new RedisRegistry({ urls: [redis.url], pool, timeoutMs: 5_000 });
    },
  ],
  [
    "a Redis Cluster",
    async () => {
      await Promise.all(cluster.nodes.map(flush));
      return new RedisRegistry({ urls: cluster.url.split(","), pool, timeoutMs: 5_000 });
    },
  ],
];

describe.each(KINDS)("the registry in %s", (_, open) => {
  let registry: Registry;
  beforeEach(async () => {
    registry = await open();
  });

  test("a beat registers, its end makes unhealthy, leaving removes", async () => {
    expect(await registry.view()).toEqual({
      entries: [],
      leader: undefined,
      control: undefined,
      decisions: [],
    });
    await registry.beat("a", "record a", "load a", LONG_MS);
    await registry.beat("b", "record b", "load b", SHORT_MS);
    expect(await registry.healthy()).toBe(2);
    const { entries } = await registry.view();
    expect(entries.map(({ id, record, load }) => [id, record, load])).toEqual([
      ["a", "record a", "load a"],
      ["b", "record b", "load b"],
    ]);
    expect(entries[0]!.remainingMs).toBeGreaterThan(LONG_MS / 2);
    await until(async () => (await registry.healthy()) === 1);
    const later = await registry.view();
    expect(later.entries.map(({ load }) => load)).toEqual(["load a", undefined]);
    await registry.leave("a");
    expect((await registry.view()).entries.map(({ id }) => id)).toEqual(["b"]);
    expect(await registry.healthy()).toBe(0);
  });

  test("one holds the lease; it renews in its term, and the next term is greater", async () => {
    const first = await registry.lease("a", undefined, LONG_MS);
    expect(first).toMatchObject({ holder: "a", isGranted: true });
    const other = await registry.lease("b", undefined, LONG_MS);
    expect(other).toMatchObject({ holder: "a", term: first.term, isGranted: false });
    expect((await registry.lease("a", first.term, SHORT_MS)).isGranted).toBe(true);
    expect((await registry.view()).leader).toBe("a");
    await until(async () => (await registry.lease("b", undefined, LONG_MS)).isGranted);
    const { term } = await registry.lease("a", first.term, LONG_MS);
    expect(term).toBeGreaterThan(first.term);
    expect((await registry.view()).leader).toBe("b");
  });

  test("a former life of the same id holds its lease until the end", async () => {
    await registry.lease("a", undefined, LONG_MS);
    expect((await registry.lease("a", undefined, LONG_MS)).isGranted).toBe(false);
  });

  test("a lease is given up by its holder in its term only", async () => {
    const { term } = await registry.lease("a", undefined, LONG_MS);
    await registry.release("b", term);
    await registry.release("a", term - 1);
    expect((await registry.lease("b", undefined, LONG_MS)).isGranted).toBe(false);
    await registry.release("a", term);
    expect((await registry.lease("b", undefined, LONG_MS)).isGranted).toBe(true);
  });

  test("only who leads, in that term, may reap, decide and report", async () => {
    await registry.beat("dead", "record", "load", LONG_MS);
    const { term } = await registry.lease("a", undefined, LONG_MS);
    for (const [id, at] of [
      ["b", term],
      ["a", term + 1],
    ] as const) {
      expect(await registry.reap(id, at, ["dead"])).toBe(false);
      expect(await registry.decide(id, at, "decision")).toBe(false);
      expect(await registry.report(id, at, "report", LONG_MS)).toBe(false);
    }
    const before = await registry.view();
    expect([before.entries.length, before.decisions.length, before.control]).toEqual([1, 0, undefined]);
    expect(await registry.reap("a", term, ["dead"])).toBe(true);
    expect(await registry.decide("a", term, "decision")).toBe(true);
    expect(await registry.report("a", term, "report", LONG_MS)).toBe(true);
    const after = await registry.view();
    expect([after.entries.length, after.decisions, after.control]).toEqual([0, ["decision"], "report"]);
  });

  test("decisions are kept newest first, and not without end", async () => {
    const { term } = await registry.lease("a", undefined, LONG_MS);
    for (let i = 0; i < DECISIONS_MAX + 5; i++) await registry.decide("a", term, String(i));
    const { decisions } = await registry.view();
    expect(decisions).toHaveLength(DECISIONS_MAX);
    expect(decisions[0]).toBe(String(DECISIONS_MAX + 4));
  });
});

test("in Redis the names are those of the contract, and a term outlives the loss of all data", async () => {
  const registry = await KINDS[1]![1]();
  await registry.beat("a", '{"id":"a"}', "{}", LONG_MS);
  const { term } = await registry.lease("a", undefined, LONG_MS);
  await inRedis(async (client) => {
    expect(String(await client.sendCommand(["HGET", "cachee:instances", "a"]))).toBe('{"id":"a"}');
    expect(Number(await client.sendCommand(["PTTL", "cachee:heartbeat:a"]))).toBeGreaterThan(LONG_MS / 2);
    const keys = (await client.sendCommand(["KEYS", "*"])) as readonly string[];
    expect(keys.filter((key) => !String(key).startsWith("cachee:"))).toEqual([]);
    await client.sendCommand(["FLUSHALL"]);
  });
  expect((await registry.lease("b", undefined, LONG_MS)).term).toBeGreaterThan(term);
});

test("a Redis that hangs is given up in time", async () => {
  const registry = new RedisRegistry({ urls: [redis.url], pool, timeoutMs: 100 });
  await registry.healthy();
  redis.signal("SIGSTOP");
  try {
    await expect(registry.healthy()).rejects.toThrow("took more than 100 ms");
  } finally {
    redis.signal("SIGCONT");
  }
  await until(async () => (await registry.healthy().catch(() => -1)) >= 0);
});
