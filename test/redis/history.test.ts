// Answers and messages that do not belong to the history that an instance follows: it notices, and believes none of them.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { encodeRecord } from "../../src/record/record.ts";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import type { RedisServer } from "../support/redis.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { cli, heard, LEFTOVERS, set, started, stopLeftovers, tierOn } from "../support/redis-tier.ts";
import { until } from "../support/until.ts";

let redis: RedisServer;

beforeEach(async () => {
  redis = await started();
});

afterEach(stopLeftovers);

async function instance(url: string, env: Record<string, string> = {}): Promise<CacheeProcess> {
  const server = await startCachee({ CACHEE_REDIS_URL: url, ...env });
  LEFTOVERS.push(() => server.kill());
  await server.ready();
  return server;
}

const text = async (server: CacheeProcess, key: string) => (await server.get(key)).text();
const tierOfHit = async (server: CacheeProcess, key: string) => {
  const response = await server.get(key);
  await response.text();
  return /detail=(l\d)/.exec(response.headers.get("cache-status") ?? "")?.[1];
};
const coherence = async (server: CacheeProcess) =>
  ((await (await server.fetch("/stats")).json()) as { coherence: { gaps: number; state: string } }).coherence;

test("a reader whose connections stay on a primary that was demoted behind its address serves nothing older", async () => {
  const next = await started();
  await cli(next, "replicaof", "127.0.0.1", String(redis.port));
  await until(async () => (await cli(next, "info", "replication")).includes("master_link_status:up"));
  const [one, two] = [await TcpProxy.start(redis.port), await TcpProxy.start(redis.port)];
  for (const proxy of [one, two]) LEFTOVERS.push(() => proxy.stop());
  const writer = await instance(one.url);
  const reader = await instance(two.url, { CACHEE_STALE_MAX_MS: "1000" });
  await writer.put("k", "old");
  expect(await text(reader, "k")).toBe("old");
  await cli(next, "replicaof", "no", "one");
  // The demoted one follows nobody who could tell it anything: it stays as old as it is.
  await cli(redis, "replicaof", "127.0.0.1", "1");
  for (const proxy of [one, two]) proxy.target = next.port;
  await until(async () => (await writer.put("k", "new")).ok);
  const ackedMs = performance.now();
  await until(async () => {
    const invokedMs = performance.now();
    const response = await reader.get("k");
    const value = await response.text();
    if (response.status === 200 && value === "old" && invokedMs > ackedMs + 1_000) {
      throw new Error(`the older value, ${invokedMs - ackedMs} ms after the acknowledgement`);
    }
    return value === "new" && performance.now() > ackedMs + 1_200;
  });
}, 30_000);

test("a sequence that came from another run of Redis is not followed by connections of this one", async () => {
  const tier = await tierOn(redis.url);
  const { l2 } = tier.links[0]!;
  const { state } = await heard(tier);
  await l2.call("set", set("k"));
  await cli(redis, "hset", "cachee:{0}:clock", "run", "another");
  expect(l2.call("read", { keys: ["k"], lease: undefined })).rejects.toThrow("another run of Redis");
  await until(() => state.doubts.length > 0);
  await until(() => tier.isUp);
  const read = await l2.call("read", { keys: ["k"], lease: undefined });
  expect(read.n).toBeGreaterThan(2 ** 32);
});

test("a heartbeat that only a primary would take puts the whole address in doubt", async () => {
  const tier = await tierOn(redis.url);
  const { state } = await heard(tier);
  const beat = () => tier.registry.beat("me", "record", "load", 10_000);
  await beat();
  await cli(redis, "replicaof", "127.0.0.1", "1");
  expect(beat()).rejects.toThrow("READONLY");
  await until(() => state.doubts.length > 0);
});

test("fleets on two databases of one Redis do not touch each other", async () => {
  const [a, b] = [await instance(`${redis.url}/0`), await instance(`${redis.url}/1`)];
  await a.put("mine", "a");
  expect(await tierOfHit(a, "mine")).toBe("l1");
  const before = await coherence(a);
  for (let i = 0; i < 20; i++) await b.put("mine", `b${i}`);
  await cli(redis, "-n", "1", "publish", "cachee:invalidate@1", '{"all":true}');
  await until(async () => (await tierOfHit(b, "mine")) === "l2");
  expect([await tierOfHit(a, "mine"), (await coherence(a)).gaps]).toEqual(["l1", before.gaps]);
}, 30_000);

test("made-up messages empty nothing for good, and losses are still noticed after them", async () => {
  const a = await instance(redis.url);
  await a.put("k", "old");
  const version = (await a.get("k")).headers.get("x-cache-version")!;
  const epoch = version.slice(0, version.lastIndexOf("."));
  const publish = (message: object) => cli(redis, "publish", "cachee:invalidate", JSON.stringify(message));
  await publish({ keys: [], epoch, seq: Number.MAX_SAFE_INTEGER });
  await publish({ keys: [], epoch: crypto.randomUUID(), seq: 1 });
  await publish({ keys: ["other"], epoch, seq: 1_000_000 });
  await until(async () => (await tierOfHit(a, "k")) === "l1" && (await coherence(a)).state === "proven");
  // What a message lost without a trace looks like.
  await cli(redis, "del", "cachee:{0}:v1:k");
  await cli(redis, "hincrby", "cachee:{0}:clock", "n", "1");
  await until(async () => (await a.get("k")).status === 404, 2_000);
}, 30_000);

test("no script takes a number without publishing it, whatever Redis answers to a step of it", async () => {
  const tier = await tierOn(redis.url);
  const { l2 } = tier.links[0]!;
  const { state, connection } = await heard(tier);
  await l2.call("set", set("k"));
  const numbers = async () => {
    const { n } = await connection.tick();
    const published = state.messages.map((message) => (JSON.parse(message) as { seq: number }).seq);
    return { n, last: published.at(-1) ?? 0 };
  };
  expect(l2.call("set", { ...set("far"), ttlMs: 2 ** 60 })).rejects.toThrow("too far off");
  expect(await numbers()).toEqual({ n: 1, last: 1 });
  await cli(redis, "del", "cachee:{0}:v1:k");
  await cli(redis, "rpush", "cachee:{0}:v1:k", "a list");
  expect(await l2.call("set", set("k"))).toMatchObject({ kind: "done", present: 0 });
  await cli(redis, "acl", "setuser", "default", "-publish");
  expect(l2.call("set", set("k"))).rejects.toThrow("executing the script");
  expect(l2.call("remove", { ...set("k"), keys: ["k"] })).rejects.toThrow("executing the script");
  await cli(redis, "acl", "setuser", "default", "+publish");
  expect(await numbers()).toEqual({ n: 2, last: 2 });
  await cli(redis, "acl", "setuser", "default", "-set");
  expect(l2.call("set", set("k"))).rejects.toThrow("executing the script");
  await cli(redis, "acl", "setuser", "default", "+set");
  const held = await numbers();
  expect(held.n).toBe(held.last);
  await cli(redis, "config", "set", "maxmemory", "1");
  expect(l2.call("set", set("k"))).rejects.toThrow("OOM");
  expect(await numbers()).toEqual(held);
  expect(await l2.call("remove", { ...set("k"), keys: ["k"] })).toMatchObject({ kind: "done", present: 1 });
  expect(await numbers()).toEqual({ n: held.n + 1, last: held.n + 1 });
});

test("what is no entry of ours is a miss, alone, and is removed", async () => {
  const tier = await tierOn(redis.url);
  const { l2 } = tier.links[0]!;
  await l2.call("set", set("good"));
  await cli(redis, "rpush", "cachee:{0}:v1:list", "a");
  await cli(redis, "set", "cachee:{0}:v1:text", "no entry");
  const read = await l2.call("read", { keys: ["list", "good", "text"], lease: undefined });
  expect(read.values.map((value) => value !== undefined)).toEqual([false, true, false]);
  expect(await cli(redis, "exists", "cachee:{0}:v1:list", "cachee:{0}:v1:text")).toBe("0");
  await cli(redis, "set", "cachee:{0}:clock", "no hash");
  expect(await l2.call("set", set("good"))).toMatchObject({ kind: "done", n: 1 });
});

test("a fill that began before a mass invalidation of its key or tags is refused", async () => {
  const tier = await tierOn(redis.url);
  const { l2 } = tier.links[0]!;
  const common = { origin: "o", notAfterMs: Number.POSITIVE_INFINITY };
  const tagged = (tags: readonly string[]) => {
    const parts = { contentType: "t", cacheControl: "c", expiresAtWallMs: 0, n: 0, hash: 0n };
    return encodeRecord({ ...parts, tags, variants: [new Uint8Array(3)] });
  };
  const filled = async (target: Parameters<typeof mark>[0], tags: readonly string[]) => {
    const token = crypto.randomUUID();
    const key = `p/${token}`;
    const { leased } = await l2.call("read", { keys: [key], lease: token });
    expect(leased).toBe(true);
    await mark(target);
    const fill = { ...set(key, tagged(tags)), condition: { kind: "lease", token } as const };
    return (await l2.call("set", fill)).kind;
  };
  const mark = async (
    target: { kind: "all" } | { kind: "prefix"; prefix: string } | { kind: "tags"; tags: string[] },
  ) => {
    const done = await l2.call("mark", { owner: "o", ...common, target });
    if (done.kind !== "done") throw new Error(done.kind);
    // Even where its sweep has been through, a mark outlives the leases that were granted before it.
    await l2.call("forget", done);
  };
  expect(await filled({ kind: "prefix", prefix: "q/" }, ["x"])).toBe("done");
  expect(await filled({ kind: "tags", tags: ["y"] }, ["x"])).toBe("done");
  expect(await filled({ kind: "prefix", prefix: "p/" }, ["x"])).toBe("lease_lost");
  expect(await filled({ kind: "tags", tags: ["y", "x"] }, ["w", "x"])).toBe("lease_lost");
  expect(await filled({ kind: "all" }, [])).toBe("lease_lost");
});

test("a purge of tags looks at what has them, however much else there is, and at nothing of another server", async () => {
  const tier = await tierOn(redis.url);
  const { l2 } = tier.links[0]!;
  const common = { origin: "o", notAfterMs: Number.POSITIVE_INFINITY, owner: "t" };
  const tagged = (tags: readonly string[], ttlMs = Number.POSITIVE_INFINITY) => {
    const parts = { contentType: "t", cacheControl: "c", expiresAtWallMs: 0, n: 0, hash: 0n };
    return { record: encodeRecord({ ...parts, tags, variants: [new Uint8Array(3)] }), ttlMs };
  };
  const many = Array.from({ length: 3_000 }, (_, i) =>
    l2.call("set", { ...set(`k${i}`), ...tagged([`t${i % 3}`, "all"]) }),
  );
  await Promise.all(many);
  const members = async (tag: string) => Number(await cli(redis, "scard", `cachee:{0}:tag:${tag}`));
  expect([await members("t1"), await members("all")]).toEqual([1_000, 3_000]);
  // Written again with other tags, removed, and expired: none of them is in the way.
  await l2.call("set", { ...set("k1"), ...tagged(["other"]) });
  await l2.call("remove", { ...set("k4"), keys: ["k4"] });
  expect([await members("t1"), await members("other")]).toEqual([998, 1]);
  await l2.call("set", { ...set("short"), ...tagged(["brief"], 20) });
  await until(async () => (await cli(redis, "exists", "cachee:{0}:tag:brief")) === "0");
  const done = await l2.call("mark", { ...common, target: { kind: "tags", tags: ["nothing", "t1"] } });
  await l2.call("set", { ...set("k7"), ...tagged(["t1"]) });
  let [cursor, removed, steps] = ["0", 0, 0];
  do {
    const purged = await l2.call("purge", { tags: ["nothing", "t1"], cursor });
    [cursor, removed, steps] = [purged.cursor, removed + purged.removed, steps + 1];
  } while (cursor !== "0");
  expect([removed, await members("t1"), await members("all")]).toEqual([997, 1, 2_000]);
  expect(steps).toBeLessThan(40);
  const read = await l2.call("read", { keys: ["k7", "k10"], lease: undefined });
  expect(read.values.map((value) => value !== undefined)).toEqual([true, false]);
  if (done.kind !== "done") throw new Error(done.kind);
  expect(await l2.call("forget", { epoch: crypto.randomUUID(), n: done.n })).toEqual({ forgotten: 0 });
  expect(await l2.call("forget", done)).toEqual({ forgotten: 2 });
}, 20_000);
