// Commands, transactions and scripts over several keys are single steps, over an L2 and over workers.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { SECRET, startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

async function member(env: Record<string, string>): Promise<{ process: CacheeProcess; port: number }> {
  const port = await freePort();
  const process = await startCachee({ CACHEE_RESP_PORT: String(port), CACHEE_LOG: "error", ...env });
  await process.ready();
  return { process, port };
}

const ROUNDS = 15;
const ACCOUNTS = ["account/0", "account/1", "account/2"];
/** Moves one from an account to another, if there is one. */
const MOVE =
  "local n = tonumber(redis.call('get', KEYS[1])) if n < 1 then return 0 end " +
  "redis.call('set', KEYS[1], n - 1) redis.call('incr', KEYS[2]) return 1";
const SUM =
  "local sum = 0 for _, key in ipairs(KEYS) do sum = sum + tonumber(redis.call('get', key)) end return sum";

async function transact(client: RespConnection, ...commands: readonly string[][]): Promise<string> {
  await client.ask("MULTI");
  for (const command of commands) await client.ask(...command);
  return client.ask("EXEC");
}

/** `a` is one of the accounts, `b` another. */
function pair(i: number): readonly [string, string] {
  return [ACCOUNTS[i % 3]!, ACCOUNTS[(i + 1 + (i % 2)) % 3]!];
}

async function moves(client: RespConnection, start: number): Promise<void> {
  for (let i = start; i < start + ROUNDS; i++) {
    const [from, to] = pair(i);
    if (i % 3 === 0) await client.ask("EVAL", MOVE, "2", from, to);
    else if (i % 3 === 1) await transact(client, ["DECR", from], ["INCR", to]);
    else await client.ask("EVAL", MOVE, "2", to, from);
  }
}

/** The sum as readers see it, at one time. */
async function sum(client: RespConnection): Promise<number> {
  return Number((await client.ask("EVAL_RO", SUM, "3", ...ACCOUNTS)).slice(1));
}

async function areSingleSteps(ports: readonly number[]): Promise<void> {
  const clients = await Promise.all(
    [...ports, ...ports, ...ports].map((port) => RespConnection.open(port, SECRET)),
  );
  const [one] = clients as [RespConnection];
  expect(await one.ask("MSET", ...ACCOUNTS.flatMap((account) => [account, "10"]))).toBe("+OK\r\n");
  await Promise.all(clients.map((client, i) => moves(client, i)));
  for (const client of clients) expect(await sum(client)).toBe(30);

  // Exactly one of many sets both, and what it set is from one hand.
  const set = await Promise.all(
    clients.map((client, i) => client.ask("MSETNX", "first", String(i), "second", String(i))),
  );
  expect(set.filter((reply) => reply === ":1\r\n")).toHaveLength(1);
  const winner = String(set.indexOf(":1\r\n"));
  const both = await one.ask("MGET", "first", "second");
  expect(both).toBe(`*2\r\n$${winner.length}\r\n${winner}\r\n$${winner.length}\r\n${winner}\r\n`);

  // A key that wanders is never gone and never there twice.
  await one.ask("SET", "here", "it");
  const renamed = await Promise.all(
    clients.map((client) => client.ask("RENAME", "here", `there/${client === one ? "one" : "other"}`)),
  );
  expect(renamed.filter((reply) => reply === "+OK\r\n")).toHaveLength(1);
  expect(await one.ask("EXISTS", "here", "there/one", "there/other")).toBe(":1\r\n");

  // What is watched and changed has the transaction do nothing; one that is refused as well.
  await one.ask("WATCH", "second");
  await clients[1]!.ask("SET", "second", "another");
  expect(await transact(one, ["SET", "first", "x"], ["SET", "third", "x"])).toBe("*-1\r\n");
  expect(await one.ask("EXISTS", "third")).toBe(":0\r\n");
  expect(
    await transact(one, ["SET", "third", "x"], ["INCR", "third"], ["GET", "third"], ["PUBLISH", "c", "m"]),
  ).toBe("*4\r\n+OK\r\n-ERR value is not an integer or out of range\r\n$1\r\nx\r\n:0\r\n");
  expect(await one.ask("DEL", "first", "second", "third", "none")).toBe(":3\r\n");
  expect(await clients.at(-1)!.ask("EXISTS", "first", "second", "third")).toBe(":0\r\n");
  for (const client of clients) client.close();
}

test("over workers without Redis", async () => {
  const only = await member({ CACHEE_WORKERS: "2" });
  await areSingleSteps([only.port]);
  await only.process.stop();
}, 60_000);

test("over instances on one Redis", async () => {
  const env = { CACHEE_REDIS_URL: redis.url, CACHEE_L2_TIMEOUT_MS: "10000" };
  const all = await Promise.all([member(env), member({ ...env, CACHEE_WORKERS: "2" })]);
  await areSingleSteps(all.map(({ port }) => port));
  for (const { process } of all) await process.stop();
}, 60_000);

test("keys in several partitions are no single step, and a script that needs one is refused", async () => {
  const { process, port } = await member({ CACHEE_REDIS_URL: redis.url, CACHEE_PARTITIONS: "8" });
  const client = await RespConnection.open(port, SECRET);
  const keys = Array.from({ length: 20 }, (_, i) => `apart/${i}`);
  expect(await client.ask("MSET", ...keys.flatMap((key) => [key, "1"]))).toBe("+OK\r\n");
  const all = "for _, key in ipairs(KEYS) do redis.call('set', key, 2) end return 1";
  expect(await client.ask("EVAL", all, "20", ...keys)).toStartWith("-CROSSSLOT");
  expect(await client.ask("GET", "apart/3")).toBe("$1\r\n1\r\n");
  expect(await transact(client, ["INCR", "apart/1"], ["INCR", "apart/2"])).toBe("*2\r\n:2\r\n:2\r\n");
  expect(await client.ask("RENAME", "apart/1", "apart/1000")).toBe("+OK\r\n");
  expect(await client.ask("DEL", ...keys)).toBe(":19\r\n");
  client.close();
  await process.stop();
}, 60_000);
