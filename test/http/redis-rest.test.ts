// Redis over HTTP: `@upstash/redis` unchanged, and the protocol itself, with the rights of API keys.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Redis } from "@upstash/redis";
import { startServer, type RunningServer } from "../support/server.ts";

const SECRET = "a-secret-of-the-rest-tests";
let server: RunningServer;
let redis: Redis;

beforeAll(async () => {
  server = await startServer({
    CACHEE_API_KEYS: `all:read+write+admin=${SECRET},reader:read=${SECRET}-reader,shop:read+write:shop/=${SECRET}-shop`,
    CACHEE_VALUE_BYTES_MAX: "100kb",
  });
  redis = new Redis({ url: server.url, token: SECRET, enableTelemetry: false, retry: false });
});
afterAll(async () => void (await server.stop()));

async function send(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${SECRET}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

describe("@upstash/redis", () => {
  test("strings, numbers, objects, and what is not there", async () => {
    expect(await redis.set("rest/text", "grüße, ☃")).toBe("OK");
    expect(await redis.get<string>("rest/text")).toBe("grüße, ☃");
    await redis.set("rest/object", { name: "Ada", list: [1, 2] });
    expect(await redis.get<object>("rest/object")).toEqual({ name: "Ada", list: [1, 2] });
    expect(await redis.get("rest/none")).toBeNull();
    expect(await redis.incr("rest/count")).toBe(1);
    expect(await redis.incrby("rest/count", 41)).toBe(42);
    expect(await redis.mget<unknown[]>("rest/count", "rest/none", "rest/text")).toEqual([
      42,
      null,
      "grüße, ☃",
    ]);
    expect(await redis.mset({ "rest/a": "1", "rest/b": "2" })).toBe("OK");
    expect(await redis.exists("rest/a", "rest/b", "rest/none")).toBe(2);
    expect(await redis.del("rest/a", "rest/b", "rest/none")).toBe(2);
    expect(await redis.ping()).toBe("PONG");
    expect(await redis.type("rest/text")).toBe("string");
  });

  test("expiry and conditions", async () => {
    await redis.set("rest/ttl", "v", { ex: 100 });
    expect(await redis.ttl("rest/ttl")).toBeWithin(98, 101);
    expect(await redis.persist("rest/ttl")).toBe(1);
    expect(await redis.ttl("rest/ttl")).toBe(-1);
    expect(await redis.set("rest/ttl", "w", { nx: true })).toBeNull();
    expect(await redis.set<string>("rest/ttl", "w", { get: true })).toBe("v");
  });

  test("a pipeline answers in order, its failures where they belong", async () => {
    const pipeline = redis.pipeline();
    pipeline.set("rest/p", "1");
    pipeline.incr("rest/p");
    pipeline.get("rest/p");
    expect(await pipeline.exec<unknown[]>()).toEqual(["OK", 2, 2]);
    await redis.set("rest/word", "word");
    const { status, body } = await send("/pipeline", [
      ["GET", "rest/word"],
      ["INCR", "rest/word"],
      ["GET", "rest/none"],
    ]);
    expect(status).toBe(200);
    expect(body).toEqual([
      { result: "word" },
      { error: "ERR value is not an integer or out of range" },
      { result: null },
    ]);
  });

  test("a transaction is run whole, or not at all", async () => {
    const multi = redis.multi();
    multi.set("rest/m", "1");
    multi.incr("rest/m");
    expect(await multi.exec<unknown[]>()).toEqual(["OK", 2]);
    const refused = await send("/multi-exec", [
      ["SET", "rest/m", "changed"],
      ["NOSUCH", "command"],
    ]);
    expect(refused.status).toBe(400);
    expect((await send("/multi-exec", [["SET", "rest/m", "changed"], ["EXEC"]])).status).toBe(400);
    expect(await redis.get<number>("rest/m")).toBe(2);
  });

  test("what was written over REST is one entry with HTTP's", async () => {
    await redis.set("rest/http", "seen");
    const response = await fetch(`${server.url}/cache/rest/http`, { headers: { "x-api-key": SECRET } });
    expect(await response.text()).toBe("seen");
  });
});

describe("the protocol", () => {
  test("one command as the body, or as a path", async () => {
    expect(await send("/", ["SET", "rest/k", "v", "EX", 100])).toEqual({
      status: 200,
      body: { result: "OK" },
    });
    expect(await send("/", ["get", "rest/k"])).toEqual({ status: 200, body: { result: "v" } });
    expect((await send("/set/rest%2Fpath?EX=100", "from a body")).body).toEqual({ result: "OK" });
    const read = await fetch(`${server.url}/get/rest%2Fpath`, {
      headers: { authorization: `Bearer ${SECRET}` },
    });
    expect(await read.json()).toEqual({ result: "from a body" });
    expect((await send("/ttl/rest%2Fpath")).body).toEqual({ result: 100 });
  });

  test("base64 where it is asked for, every string but OK", async () => {
    const headers = { "upstash-encoding": "base64" };
    expect((await send("/", ["SET", "rest/64", "ü"], headers)).body).toEqual({ result: "OK" });
    expect((await send("/", ["GET", "rest/64"], headers)).body).toEqual({ result: btoa("\u00c3\u00bc") });
    expect((await send("/", ["MGET", "rest/64", "rest/none"], headers)).body).toEqual({
      result: ["w7w=", null],
    });
  });

  test("what is wrong is said, and does nothing", async () => {
    expect((await send("/", ["NOSUCH"])).status).toBe(400);
    expect((await send("/", [])).status).toBe(400);
    expect((await send("/", "{")).status).toBe(400);
    expect((await send("/", { a: 1 })).status).toBe(400);
    expect((await send("/pipeline", [[null]])).status).toBe(400);
    expect(
      (
        await send(
          "/pipeline",
          Array.from({ length: 1_001 }, () => ["PING"]),
        )
      ).status,
    ).toBe(400);
    const { body } = await send("/pipeline", [["MULTI"], ["HELLO", "3"], ["PING"]]);
    expect(body).toEqual([
      { error: "ERR this command needs a connection that lasts" },
      { error: "ERR this command needs a connection that lasts" },
      { result: "PONG" },
    ]);
    expect((await send("/", ["SET", "rest/large", "x".repeat(200_000)])).status).toBe(400);
    expect((await send("/nosuch/path")).status).toBe(404);
  });

  test("long values and long arrays come whole, and one request never asks for more than an answer may have", async () => {
    const text = `${"é😀".repeat(10_000)}"\\`;
    await send("/", ["SET", "rest/long", text]);
    expect((await send("/", ["GET", "rest/long"])).body).toEqual({ result: text });
    const many = (count: number) => Array.from({ length: count }, () => ["MGET", "rest/long", "rest/none"]);
    expect((await send("/pipeline", many(50))).body).toEqual(many(50).map(() => ({ result: [text, null] })));
    const { status, body } = await send("/pipeline", [...many(900), ["SET", "rest/behind", "1"]]);
    expect(status).toBe(200);
    expect((body as unknown[]).at(-1)).toEqual({ error: "ERR the replies are larger than 20971520 bytes" });
    expect((await send("/", ["EXISTS", "rest/behind"])).body).toEqual({ result: 0 });
  });

  test("rights are those of the API key", async () => {
    const as = (name: string) => ({ authorization: `Bearer ${SECRET}-${name}` });
    expect((await send("/", ["SET", "rest/k", "v"], as("reader"))).status).toBe(400);
    expect((await send("/", ["GET", "rest/text"], as("reader"))).status).toBe(200);
    expect((await send("/", ["GET", "rest/text"], as("shop"))).status).toBe(400);
    expect((await send("/", ["SET", "shop/k", "v"], as("shop"))).body).toEqual({ result: "OK" });
    expect((await send("/", ["FLUSHALL"], as("shop"))).status).toBe(400);
    expect((await send("/", ["GET", "k"], as("unknown"))).status).toBe(401);
    expect((await fetch(`${server.url}/`, { method: "POST", body: '["PING"]' })).status).toBe(401);
  });
});
