// Keyspace notifications: Redis's own over generated commands, and those of entries that expire or are evicted.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { collectionCommand } from "./collections.arbitrary.ts";
import type { Words } from "./commands.arbitrary.ts";

const SECRET = "keyspace-events";
const API_KEYS = { CACHEE_API_KEYS: `default:read+write+admin=${SECRET}` };
const RUNS = Number(process.env["CACHEE_TEST_RUNS"] ?? 100);

let redis: RedisServer;
let cachee: RespServer;

beforeAll(async () => {
  [redis, cachee] = await Promise.all([
    startRedis(["--requirepass", SECRET, "--databases", "1"]),
    startRespServer(API_KEYS),
  ]);
});

afterAll(async () => {
  await Promise.all([redis?.stop(), cachee?.stop()]);
});

const key = fc.constantFrom("h", "s", "x");
const words = (...parts: fc.Arbitrary<unknown>[]) => fc.tuple(...parts).map((all) => all.flat(2) as Words);
const name = (...names: string[]) => fc.constantFrom(...names);

const stringCommand: fc.Arbitrary<Words> = fc.oneof(
  words(
    name("set"),
    key,
    name("1", "v"),
    fc.constantFrom([], ["ex", "1000"], ["nx"], ["xx", "get"], ["px", "90000"]),
  ),
  words(name("setnx", "getset", "append"), key, name("1", "v")),
  words(name("setex", "psetex"), key, name("100000"), name("v")),
  words(name("mset", "msetnx"), key, name("1"), key, name("2")),
  words(name("incr", "decr"), key),
  words(name("incrby", "decrby", "incrbyfloat"), key, name("5", "x")),
  words(name("setrange"), key, name("3"), name("v")),
  words(name("getdel", "persist", "get", "type"), key),
  words(name("getex"), key, fc.constantFrom([], ["persist"], ["ex", "1000"], ["exat", "1"])),
  words(name("expire", "pexpire"), key, name("100000", "-1"), fc.constantFrom([], ["nx"], ["xx"])),
  words(name("del", "unlink"), fc.array(key, { minLength: 1, maxLength: 3 })),
  words(name("rename", "renamenx", "copy"), key, key),
  words(
    name("eval"),
    name("redis.call('set', KEYS[1], 1) redis.call('del', KEYS[2]) return 1"),
    name("2"),
    key,
    key,
  ),
  fc.constantFrom<Words>(["multi"], ["exec"], ["discard"]),
);

/** What a subscriber hears of `commands`, each message as text, and the flags as they are told. */
async function heard(port: number, flags: string, commands: readonly Words[]): Promise<string[]> {
  const [client, subscriber] = await Promise.all([
    RespConnection.open(port, SECRET),
    RespConnection.open(port, SECRET),
  ]);
  try {
    await client.ask("FLUSHALL");
    await client.ask("CONFIG", "SET", "notify-keyspace-events", flags);
    const told = await client.ask("CONFIG", "GET", "notify-keyspace-events");
    await subscriber.ask("PSUBSCRIBE", "__key*__:*", "end");
    await subscriber.reply();
    for (const command of commands) await client.ask(...command);
    await client.ask("DISCARD");
    await client.ask("PUBLISH", "end", "end");
    const messages: string[] = [];
    for (;;) {
      const message = (await subscriber.reply()).toString("latin1");
      if (message.includes("\r\nend\r\n")) break;
      messages.push(message);
    }
    await client.ask("CONFIG", "SET", "notify-keyspace-events", "");
    // A step tells in the order of its keys, and what is new may be told on either side of what it is.
    return [told, ...messages.sort()];
  } finally {
    client.close();
    subscriber.close();
  }
}

test("events are Redis's own", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("KEA", "KA", "EA", "KEAn", "K$", "Eh", "KEgs", "Kg$x", "nKE", ""),
      fc.array(fc.oneof(stringCommand, collectionCommand), { maxLength: 25 }),
      async (flags, commands) => {
        const [theirs, ours] = await Promise.all([
          heard(redis.port, flags, commands),
          heard(cachee.respPort, flags, commands),
        ]);
        expect(ours).toEqual(theirs);
      },
    ),
    { numRuns: RUNS },
  );
}, 120_000);

async function hears(server: RespServer, event: string, cause: (client: RespConnection) => Promise<unknown>) {
  const [client, subscriber] = await Promise.all([
    RespConnection.open(server.respPort, SECRET),
    RespConnection.open(server.respPort, SECRET),
  ]);
  await client.ask("CONFIG", "SET", "notify-keyspace-events", "Exe");
  await subscriber.ask("SUBSCRIBE", `__keyevent@0__:${event}`);
  await cause(client);
  const message = (await subscriber.reply()).toString();
  expect(message).toContain(event);
  await client.ask("CONFIG", "SET", "notify-keyspace-events", "");
  client.close();
  subscriber.close();
  return message;
}

test("an entry that expires is told by itself, one that is evicted too", async () => {
  const expired = await hears(cachee, "expired", (client) => client.ask("SET", "gone", "v", "PX", "20"));
  expect(expired).toContain("gone");
  const small = await startRespServer({ ...API_KEYS, CACHEE_L1_BYTES_MAX: "16mb" });
  const value = "x".repeat(100_000);
  const evicted = await hears(small, "evicted", async (client) => {
    for (let i = 0; i < 400; i++) await client.ask("SET", `large/${i}`, value);
  });
  expect(evicted).toContain("large/");
  await small.stop();
}, 60_000);

test("over workers, a subscriber hears of changes that another worker makes", async () => {
  const server = await startRespServer({ ...API_KEYS, CACHEE_WORKERS: "2" });
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => RespConnection.open(server.respPort, SECRET)),
  );
  for (const client of clients) {
    await client.ask("CONFIG", "SET", "notify-keyspace-events", "E$");
    await client.ask("SUBSCRIBE", "__keyevent@0__:set");
  }
  const writer = await RespConnection.open(server.respPort, SECRET);
  await writer.ask("CONFIG", "SET", "notify-keyspace-events", "E$");
  await writer.ask("SET", "k", "v");
  for (const client of clients) expect((await client.reply()).toString()).toContain("\r\nk\r\n");
  for (const client of [...clients, writer]) client.close();
  await server.stop();
}, 60_000);
