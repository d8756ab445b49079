// Two real instances on a real Redis: the shared truth, and each way in which Redis can fail.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";

let redis: RedisServer;
let a: CacheeProcess;
let b: CacheeProcess;

const TIMEOUT_MS = 150;
/** What §6 of the contract adds to the bound of one L2 operation, and what a busy machine may add to that. */
const ANSWER_MS_MAX = TIMEOUT_MS + 50 + 400;

function env(more: Record<string, string> = {}): Record<string, string> {
  return { CACHEE_REDIS_URL: redis.url, CACHEE_L2_TIMEOUT_MS: String(TIMEOUT_MS), ...more };
}

async function cli(...args: string[]): Promise<string> {
  const child = Bun.spawn(["redis-cli", "-p", String(redis.port), ...args], { stdout: "pipe" });
  return (await new Response(child.stdout).text()).trim();
}

async function statusOf(response: Response | Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

async function textOf(server: CacheeProcess, key: string, headers = {}): Promise<string> {
  return (await server.get(key, headers)).text();
}

async function invalidate(server: CacheeProcess, target: object): Promise<unknown> {
  return (await server.fetch("/invalidate", { method: "POST", body: JSON.stringify(target) })).json();
}

async function received(server: CacheeProcess): Promise<number> {
  const stats = (await (await server.fetch("/stats")).json()) as { coherence: { received: number } };
  return stats.coherence.received;
}

/** Waits until `server` has taken in all that was published. */
async function caughtUp(server: CacheeProcess, key: string, expected: string | number): Promise<void> {
  await until(async () => {
    const response = await server.get(key);
    const text = await response.text();
    return typeof expected === "number" ? response.status === expected : text === expected;
  });
}

beforeAll(async () => {
  redis = await startRedis();
  [a, b] = await Promise.all([startCachee(env()), startCachee(env())]);
  await Promise.all([a.ready(), b.ready()]);
});

afterAll(async () => {
  await Promise.all([a?.stop(), b?.stop()]);
  await redis?.stop();
});

describe("two instances on one Redis", () => {
  test("a value put on one is got from the other: first from L2, then from L1, and never after it was replaced", async () => {
    expect(await statusOf(a.put("shared", "one"))).toBe(201);
    const first = await b.get("shared");
    expect([await first.text(), first.headers.get("cache-status")]).toEqual([
      "one",
      "cachee; hit; detail=l2",
    ]);
    const second = await b.get("shared");
    expect([await second.text(), second.headers.get("cache-status")]).toEqual([
      "one",
      "cachee; hit; detail=l1",
    ]);
    const put = await a.put("shared", "two");
    expect(put.status).toBe(204);
    const min = { "x-min-version": put.headers.get("x-cache-version")! };
    expect(await textOf(b, "shared", min)).toBe("two");
    expect(await textOf(b, "shared")).toBe("two");
    expect(await textOf(a, "shared")).toBe("two");
    expect(await statusOf(b.fetch("/cache/shared", { method: "DELETE" }))).toBe(204);
    await caughtUp(a, "shared", 404);
    expect(await statusOf(a.fetch("/cache/shared", { method: "DELETE" }))).toBe(404);
  });

  test("conditional writes are decided by L2", async () => {
    expect(await statusOf(a.put("once", "1", { "if-none-match": "*" }))).toBe(201);
    expect(await statusOf(b.put("once", "2", { "if-none-match": "*" }))).toBe(412);
    const { headers } = await a.get("once");
    const etag = headers.get("etag")!;
    expect(await statusOf(b.put("once", "3", { "if-match": '"0000000000000000"' }))).toBe(412);
    expect(await statusOf(b.put("once", "3", { "if-match": `"0000000000000000", ${etag}` }))).toBe(204);
    expect(await statusOf(a.put("once", "4", { "if-match": etag }))).toBe(412);
    expect(await statusOf(a.put("nowhere", "4", { "if-match": "*" }))).toBe(412);
    const races = Array.from({ length: 20 }, (_, i) =>
      statusOf((i % 2 === 0 ? a : b).put("race", String(i), { "if-none-match": "*" })),
    );
    const statuses = await Promise.all(races);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(19);
  });

  test("one that waits for a flight shares it: a hundred readers of a missing key ask L2 once or twice", async () => {
    const before = Number(/cmdstat_evalsha:calls=(\d+)/.exec(await cli("info", "commandstats"))?.[1]);
    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(b.get("nobody-has-it"))));
    expect(new Set(statuses)).toEqual(new Set([404]));
    const after = Number(/cmdstat_evalsha:calls=(\d+)/.exec(await cli("info", "commandstats"))?.[1]);
    // Ticks of two instances are among them.
    expect(after - before).toBeLessThan(50);
  });

  test("mass invalidation holds at once on both, is counted, and leaves nothing in Redis", async () => {
    await a.put("m/1", "x", { "cache-tag": "red" });
    await a.put("m/2", "y", { "cache-tag": "red, blue" });
    await a.put("n/1", "z", { "cache-tag": "blue" });
    await Promise.all([textOf(b, "m/1"), textOf(b, "m/2"), textOf(b, "n/1")]);
    expect(await invalidate(a, { prefix: "m/" })).toEqual({ invalidated: 2 });
    expect([await statusOf(a.get("m/1")), await statusOf(a.get("n/1"))]).toEqual([404, 200]);
    await caughtUp(b, "m/2", 404);
    expect(await statusOf(b.get("n/1"))).toBe(200);
    await b.put("m/1", "again", { "cache-tag": "red" });
    expect(await textOf(a, "m/1")).toBe("again");
    expect(await invalidate(b, { tags: ["blue", "green"] })).toEqual({ invalidated: 1 });
    await caughtUp(a, "n/1", 404);
    expect(await invalidate(a, { keys: ["m/1", "m/7"] })).toEqual({ invalidated: 1 });
    await a.put("o", "o");
    // Marks stay for as long as a lease may have been granted before them.
    await cli("del", "cachee:{0}:leases");
    await invalidate(b, { all: true });
    await caughtUp(a, "o", 404);
    const left = (await cli("--scan", "--pattern", "cachee:{0}:v1:*")).trim();
    expect(left).toBe("");
    expect((await cli("hlen", "cachee:{0}:clock")).trim()).toBe("4");
  });

  test("messages published by hand are obeyed; malformed ones are counted and harm nothing", async () => {
    await a.put("hand", "1");
    expect(await textOf(a, "hand")).toBe("1");
    await cli("del", "cachee:{0}:v1:hand");
    expect(await statusOf(a.get("hand"))).toBe(200);
    await cli("publish", "cachee:invalidate", '{"keys":["hand"]}');
    await caughtUp(a, "hand", 404);
    for (const target of ['{"prefix":"ha"}', '{"tags":["by"]}', '{"all":true}']) {
      await a.put("hand", "2", { "cache-tag": "by" });
      await cli("del", "cachee:{0}:v1:hand");
      expect(await statusOf(a.get("hand"))).toBe(200);
      await cli("publish", "cachee:invalidate", target);
      await caughtUp(a, "hand", 404);
    }
    await a.put("kept", "kept");
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      '{"keys":"x"}',
      '{"keys":[1]}',
      '{"keys":["x"],"seq":-1}',
      '{"all":1}',
    ]) {
      await cli("publish", "cachee:invalidate", text);
    }
    const before = await received(a);
    await cli("publish", "cachee:invalidate", '{"keys":["other"]}');
    await until(async () => (await received(a)) > before);
    const kept = await a.get("kept");
    expect([await kept.text(), kept.headers.get("cache-status")]).toEqual(["kept", "cachee; hit; detail=l1"]);
    expect(await (await a.fetch("/metrics")).text()).toContain('result="malformed"} 8');
  });

  test("a batch of a thousand takes two round trips at the most", async () => {
    const set = Array.from({ length: 400 }, (_, i) => ({ key: `batch/${i}`, value: `v${i}` }));
    const get = set.map(({ key }) => key);
    const body = (parts: object) => ({ method: "POST", body: JSON.stringify(parts) });
    expect(await (await a.fetch("/batch", body({ set }))).json()).toEqual({ get: {}, set: 400, delete: 0 });
    const read = (await (
      await b.fetch("/batch", body({ get, delete: ["batch/0", "batch/none"] }))
    ).json()) as {
      get: Record<string, { value: string }>;
      delete: number;
    };
    expect(read.delete).toBe(1);
    expect(get.map((key) => read.get[key]?.value)).toEqual(set.map(({ value }) => value));
    await caughtUp(a, "batch/0", 404);
  });

  test("variants made after the write are added to L2 under the same version", async () => {
    const text = "a text that compresses well ".repeat(400);
    const version = (await a.put("big", text)).headers.get("x-cache-version");
    await until(async () => {
      const response = await b.get("big", { "accept-encoding": "br" });
      expect(await response.text()).toBe(text);
      expect(response.headers.get("x-cache-version")).toBe(version);
      return response.headers.get("content-encoding") === "br";
    });
  });

  test("a TTL is kept by Redis and by both L1s", async () => {
    await a.put("brief", "x", { "x-ttl": "0.3" });
    expect(await textOf(b, "brief")).toBe("x");
    await caughtUp(b, "brief", 404);
    await caughtUp(a, "brief", 404);
    expect(await cli("exists", "cachee:{0}:v1:brief")).toBe("0");
  });
});

describe("when Redis fails", () => {
  test("hung: hits go on inside the bound, then everything is 503 in time, nothing is changed, and it recovers", async () => {
    await a.put("hung", "before");
    await b.get("hung");
    redis.signal("SIGSTOP");
    try {
      expect(await textOf(b, "hung")).toBe("before");
      const startMs = performance.now();
      const [miss, write] = await Promise.all([b.get("hung-miss"), a.put("hung", "during")]);
      const tookMs = performance.now() - startMs;
      expect([miss.status, write.status]).toEqual([503, 503]);
      expect([miss.headers.get("retry-after"), write.headers.get("retry-after")]).toEqual(["1", "1"]);
      expect(tookMs).toBeLessThan(ANSWER_MS_MAX);
      await until(async () => (await statusOf(b.get("hung"))) === 503);
    } finally {
      redis.signal("SIGCONT");
    }
    await caughtUp(b, "hung", "before");
    await until(async () => (await statusOf(a.put("after", "x"))) < 300);
    expect(await textOf(a, "hung")).toBe("before");
  });

  test("killed and restarted empty: no false 404 meanwhile, then 404, and it serves again by itself", async () => {
    await a.put("lost", "x");
    await b.get("lost");
    await redis.kill();
    const statuses = new Set<number>();
    await until(async () => {
      const status = await statusOf(b.get("lost"));
      statuses.add(status);
      return status === 503;
    });
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(await statusOf(b.get("never-there"))).toBe(503);
    await redis.restart();
    await caughtUp(b, "lost", 404);
    await until(async () => (await statusOf(a.put("lost", "y"))) === 201);
    await caughtUp(b, "lost", "y");
  });

  test("stale values are served, and marked, only where the setting allows it", async () => {
    const stale = await startCachee(env({ CACHEE_STALE_MAX_MS: "200", CACHEE_STALE_IF_ERROR_MS: "60000" }));
    await stale.ready();
    await stale.put("old", "x");
    await redis.kill();
    await until(async () => {
      const response = await stale.get("old");
      expect(await response.text()).toBe("x");
      return response.headers.get("cache-status")!.startsWith("cachee; hit; stale");
    });
    expect(await statusOf(stale.get("new"))).toBe(503);
    await redis.restart();
    await caughtUp(stale, "old", 404);
    await stale.stop();
  });

  test("full (OOM): writes are 503, reads and deletions go on", async () => {
    await until(async () => (await statusOf(a.put("full", "x"))) < 300);
    await cli("config", "set", "maxmemory", "1");
    expect(await statusOf(a.put("full", "y"))).toBe(503);
    expect(await textOf(b, "full")).toBe("x");
    expect(await invalidate(a, { prefix: "full" })).toEqual({ invalidated: 1 });
    expect(await statusOf(a.put("full", "y"))).toBe(503);
    await cli("config", "set", "maxmemory", "0");
    expect(await statusOf(a.put("full", "z"))).toBe(201);
  });

  test("demoted to a replica: 503 instead of what a replica may not know, until there is a primary again", async () => {
    const other = await startRedis();
    await a.put("replica", "x");
    await cli("replicaof", "127.0.0.1", String(other.port));
    await until(async () => (await statusOf(a.put("replica", "y"))) === 503);
    await until(async () => (await statusOf(a.get("replica"))) === 503);
    await cli("replicaof", "no", "one");
    await until(async () => (await statusOf(a.put("replica", "z"))) < 300);
    await caughtUp(b, "replica", "z");
    await other.stop();
  });

  test("its clock is lost: another epoch begins and nothing older is served", async () => {
    await until(async () => (await statusOf(a.put("epoch", "x"))) < 300);
    await b.get("epoch");
    await cli("flushall");
    const put = await a.put("unrelated", "x");
    expect(put.headers.get("x-cache-version")).toEndWith(".1");
    await caughtUp(b, "epoch", 404);
  });
});
