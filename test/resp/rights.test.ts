// API keys over RESP: AUTH in its forms, scopes, prefixes, exchanged keys, rates and refused keys.

import { afterEach, expect, test } from "bun:test";
import { RespConnection } from "../support/resp-connection.ts";
import { startTestLane, type TestLane, type TestLaneOptions } from "../support/resp-lane.ts";

const KEYS = "app:read+write+admin=top,ro:read=r,wo:write=w,shop:read+write+admin:shop/=s";
const NO_KEY = "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n";
const running: TestLane[] = [];

function lane(options: TestLaneOptions = {}): TestLane {
  const started = startTestLane({ keys: KEYS, ...options });
  running.push(started);
  return started;
}

afterEach(async () => {
  for (const started of running.splice(0)) await started.stop();
});

test("nothing but AUTH, HELLO, QUIT and RESET before a key is shown", async () => {
  const client = await RespConnection.open(lane().port);
  expect(await client.ask("GET", "a")).toBe("-NOAUTH Authentication required.\r\n");
  expect(await client.ask("PING")).toBe("-NOAUTH Authentication required.\r\n");
  expect(await client.ask("HELLO", "3")).toStartWith("-NOAUTH HELLO must be called");
  expect(await client.ask("AUTH", "nonsense")).toStartWith("-WRONGPASS ");
  expect(await client.ask("AUTH", "ro", "top")).toStartWith("-WRONGPASS ");
  expect(await client.ask("AUTH", "top")).toBe("+OK\r\n");
  expect(await client.ask("RESET")).toBe("+RESET\r\n");
  expect(await client.ask("AUTH", "app", "top")).toBe("+OK\r\n");
  expect(await client.ask("HELLO", "3", "AUTH", "default", "r", "SETNAME", "x")).toStartWith("%7\r\n");
  expect(await client.ask("CLIENT", "GETNAME")).toBe("$1\r\nx\r\n");
  expect(await client.ask("QUIT")).toBe("+OK\r\n");
  await client.closed();
});

test("scopes: reading, writing, and what does both", async () => {
  const { port } = lane();
  const [app, reader, writer] = await Promise.all(
    ["top", "r", "w"].map((secret) => RespConnection.open(port, secret)),
  );
  expect(await app!.ask("SET", "n", "5")).toBe("+OK\r\n");
  expect(await reader!.ask("GET", "n")).toBe("$1\r\n5\r\n");
  for (const words of [
    ["SET", "n", "1"],
    ["DEL", "n"],
    ["EXPIRE", "n", "10"],
    ["GETEX", "n"],
    ["FLUSHALL"],
    ["KEYS", "*"],
  ]) {
    expect(await reader!.ask(...words)).toBe(
      `-NOPERM this user has no permissions to run the '${words[0]!.toLowerCase()}' command\r\n`,
    );
  }
  expect(await writer!.ask("SET", "n", "6")).toBe("+OK\r\n");
  for (const words of [
    ["GET", "n"],
    ["GETDEL", "n"],
    ["INCR", "n"],
    ["MGET", "n"],
    ["SET", "n", "7", "GET"],
  ]) {
    expect(await writer!.ask(...words)).toStartWith("-NOPERM ");
  }
  expect(await reader!.ask("GET", "n")).toBe("$1\r\n6\r\n");
});

test("a prefix bounds every command that names or walks keys", async () => {
  const { port } = lane();
  const app = await RespConnection.open(port, "top");
  const shop = await RespConnection.open(port, "s");
  await app.ask("MSET", "other", "1", "shop/a", "2");
  expect(await shop.ask("GET", "shop/a")).toBe("$1\r\n2\r\n");
  for (const words of [
    ["GET", "other"],
    ["MGET", "shop/a", "other"],
    ["DEL", "other"],
    ["SET", "shopping", "1"],
  ]) {
    expect(await shop.ask(...words)).toBe(NO_KEY);
  }
  expect(await shop.ask("KEYS", "*")).toBe("*1\r\n$6\r\nshop/a\r\n");
  expect(await shop.ask("SCAN", "0", "COUNT", "1000")).toBe("*2\r\n$1\r\n0\r\n*1\r\n$6\r\nshop/a\r\n");
  expect(await shop.ask("FLUSHALL")).toBe(NO_KEY);
  expect(await shop.ask("RANDOMKEY")).toMatch(/^\$(?:6\r\nshop\/a|-1)\r\n$/);
});

test("a key that was taken away ends its connections at once; one that moved keeps working", async () => {
  const started = lane();
  const gone = await RespConnection.open(started.port, "top");
  const kept = await RespConnection.open(started.port, "r");
  started.exchange("ro:read+write=r");
  await gone.closed();
  expect(started.connections.cuts.get("revoked")).toBe(1);
  expect(await kept.ask("SET", "a", "1")).toBe("+OK\r\n");
});

test("a silent subscriber is told nothing more than its key may read now", async () => {
  const started = lane();
  const writer = await RespConnection.open(started.port, "top");
  const subscribers = await Promise.all(
    [["BCAST"], ["BCAST", "PREFIX", "shop/"], []].map(async (options) => {
      const client = await RespConnection.open(started.port, "r");
      await client.ask("HELLO", "3");
      expect(await client.ask("CLIENT", "TRACKING", "ON", ...options)).toBe("+OK\r\n");
      await client.ask("MGET", "other", "shop/a", "shop/b", "mine/a");
      return client;
    }),
  );
  const change = async () => {
    for (const key of ["other", "shop/a", "mine/a", "shop/b"]) await writer.ask("SET", key, "1");
  };
  const told = (key: string) => `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;
  started.exchange("app:read+write+admin=top,ro:read:shop/=r");
  await change();
  for (const subscriber of subscribers) {
    expect((await subscriber.reply()).toString()).toBe(told("shop/a"));
    expect((await subscriber.reply()).toString()).toBe(told("shop/b"));
  }
  started.exchange("app:read+write+admin=top");
  for (const subscriber of subscribers) await subscriber.closed();
  await change();
  expect(started.tracker.isIdle).toBeTrue();
});

test("the rate counts writes and misses, and says so", async () => {
  const { port, advance } = lane({ rateLimit: 3 });
  const client = await RespConnection.open(port, "top");
  expect(await client.ask("SET", "a", "1")).toBe("+OK\r\n");
  expect(await client.ask("MSET", "b", "1", "c", "1")).toBe("+OK\r\n");
  expect(await client.ask("SET", "d", "1")).toStartWith("-ERR rate limit: More than 3 writes and misses");
  expect(await client.ask("GET", "nothing")).toStartWith("-ERR rate limit");
  expect(await client.ask("MGET", "nothing", "a")).toStartWith("-ERR rate limit");
  expect(await client.ask("GET", "a")).toBe("$1\r\n1\r\n");
  advance(1_000);
  expect(await client.ask("SET", "d", "1")).toBe("+OK\r\n");
});

test("keys and values above the limits are refused; the connection goes on", async () => {
  const { port } = lane({ valueBytesMax: 1_000 });
  const client = await RespConnection.open(port, "top");
  // As it is stored, each NUL has three bytes.
  for (const key of ["k".repeat(513), "\u0000".repeat(171)]) {
    expect(await client.ask("SET", key, "1")).toStartWith("-ERR invalid key: ");
    expect(await client.ask("GET", key)).toStartWith("-ERR invalid key: ");
  }
  expect(await client.ask("SET", "a", "x".repeat(1_001))).toBe(
    "-ERR the value is larger than 1000 bytes\r\n",
  );
  expect(await client.ask("GET", "a")).toBe("$-1\r\n");
  expect(await client.ask("SET", "a", "x".repeat(990))).toBe("+OK\r\n");
  expect(await client.ask("APPEND", "a", "x".repeat(11))).toStartWith(
    "-ERR string exceeds maximum allowed size",
  );
  expect(await client.ask("APPEND", "a", "x".repeat(10))).toBe(":1000\r\n");
});
