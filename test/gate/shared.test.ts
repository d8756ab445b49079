// The lanes of two real instances on one real Redis: counters lose nothing, and copies are told of the other's writes.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { NearCacheClient } from "../../src/websocket/client/near-cache.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

const SECRET = "shared-secret";
let redis: RedisServer;
let one: RespServer;
let two: RespServer;

beforeAll(async () => {
  redis = await startRedis();
  const env = {
    CACHEE_API_KEYS: `default:read+write+admin=${SECRET}`,
    CACHEE_REDIS_URL: redis.url,
    CACHEE_L2_TIMEOUT_MS: "5000",
  };
  [one, two] = await Promise.all([startRespServer(env), startRespServer(env)]);
  for (const { url } of [one, two]) await until(async () => (await fetch(`${url}/health/ready`)).ok);
});

afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await redis?.stop();
});

test("counters and appends of two instances lose nothing", async () => {
  const clients = await Promise.all(
    [one, two, one, two].map(({ respPort }) => RespConnection.open(respPort, SECRET)),
  );
  await clients[0]!.ask("SET", "count", "0", "PXAT", "4000000000123");
  await Promise.all(
    clients.map(async (client) => {
      for (let i = 0; i < 25; i++) {
        expect(await client.ask("INCR", "count")).toStartWith(":");
        expect(await client.ask("APPEND", "text", "x")).toStartWith(":");
      }
    }),
  );
  for (const client of clients) {
    await until(async () => (await client.ask("GET", "count")) === "$3\r\n100\r\n");
    await until(async () => (await client.ask("STRLEN", "text")) === ":100\r\n");
  }
  expect(await clients[0]!.ask("EXPIRETIME", "count")).toBe(":4000000000\r\n");
  expect(await clients[1]!.ask("MGET", "count", "nothing", "text")).toStartWith(
    "*3\r\n$3\r\n100\r\n$-1\r\n$100\r\n",
  );
  expect(await clients[1]!.ask("DEL", "count", "text", "nothing")).toBe(":2\r\n");
  for (const client of clients) client.close();
});

test("a copy is dropped when the other instance writes, over RESP3 and over WebSocket", async () => {
  const writer = await RespConnection.open(two.respPort, SECRET);
  const reader = await RespConnection.open(one.respPort, SECRET);
  await writer.ask("SET", "kept", "1");
  await reader.ask("HELLO", "3");
  await reader.ask("CLIENT", "TRACKING", "ON");
  expect(await reader.ask("GET", "kept")).toBe("$1\r\n1\r\n");
  const socket = new WebSocket(`${one.url.replace("http", "ws")}/ws`, { headers: { "x-api-key": SECRET } });
  const keeper = new NearCacheClient(socket);
  await new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
  await until(async () => (await keeper.get("kept", { keep: true })) !== undefined && keeper.copies === 1);
  await writer.ask("SET", "kept", "2");
  expect((await reader.reply()).toString()).toContain("invalidate");
  await until(() => keeper.copies === 0);
  const copy = await keeper.get("kept", { keep: true });
  expect(new TextDecoder().decode(copy?.value)).toBe("2");
  keeper.close();
  writer.close();
  reader.close();
});
