// Lua scripts over an L2 and over workers: single steps, retried where others were faster.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { SECRET, startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

async function members(envs: readonly Record<string, string>[]) {
  return Promise.all(
    envs.map(async (env): Promise<{ process: CacheeProcess; port: number }> => {
      const port = await freePort();
      const process = await startCachee({ CACHEE_RESP_PORT: String(port), CACHEE_LOG: "error", ...env });
      await process.ready();
      return { process, port };
    }),
  );
}

/** Counts twice in one script: an in-between state would show as an odd number. */
const TWICE = "redis.call('incr', KEYS[1]) return redis.call('incr', KEYS[1])";
/** Takes one of what is left. */
const TAKE =
  "local n = tonumber(redis.call('get', KEYS[1]) or ARGV[1]) if n < 1 then return 0 end redis.call('set', KEYS[1], n - 1) return 1";

async function areSingleSteps(ports: readonly number[]): Promise<void> {
  const clients = await Promise.all(
    [...ports, ...ports, ...ports, ...ports].map((port) => RespConnection.open(port, SECRET)),
  );
  const counts = await Promise.all(
    clients.map(async (client) => {
      const odd: string[] = [];
      let taken = 0;
      for (let i = 0; i < 10; i++) {
        const count = await client.ask("EVAL", TWICE, "1", "count");
        if (Number(count.slice(1)) % 2 !== 0) odd.push(count);
        if ((await client.ask("EVAL", TAKE, "1", "left", "30")) === ":1\r\n") taken += 1;
      }
      expect(odd).toEqual([]);
      return taken;
    }),
  );
  expect(counts.reduce((sum, taken) => sum + taken, 0)).toBe(Math.min(30, clients.length * 10));
  expect(await clients[0]!.ask("EVAL", "return redis.call('get', KEYS[1])", "1", "count")).toContain(
    String(clients.length * 20),
  );
  // Keys that are not named are waited for, and the script is run from its start.
  await clients[0]!.ask("SET", "pointer", "target");
  await clients[0]!.ask("SET", "target", "value");
  const chase = "local at = redis.call('get', KEYS[1]) return redis.call('get', at)";
  for (const client of clients) expect(await client.ask("EVAL", chase, "1", "pointer")).toContain("value");
  const caught = "local ok, v = pcall(redis.call, 'get', 'target') return {tostring(ok), v}";
  for (const client of clients) expect(await client.ask("EVAL", caught, "0")).toContain("value");
  for (const client of clients) client.close();
}

test("over workers without Redis", async () => {
  const [only] = await members([{ CACHEE_WORKERS: "2" }]);
  await areSingleSteps([only!.port]);
  await only!.process.stop();
}, 60_000);

test("over instances on one Redis", async () => {
  const env = { CACHEE_REDIS_URL: redis.url, CACHEE_L2_TIMEOUT_MS: "10000" };
  const all = await members([env, { ...env, CACHEE_WORKERS: "2" }]);
  await areSingleSteps(all.map(({ port }) => port));
  for (const { process } of all) await process.stop();
}, 60_000);
