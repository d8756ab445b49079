// The audit log: a line for each change by an admin's key and each mass invalidation, over every lane.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { encodeRequest } from "../../src/websocket/client/frames.ts";
import { DELETE, GET, PUT } from "../../src/websocket/frames.ts";
import { describeKinds } from "../support/instance-kinds.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

const ROOT = "secret-of-the-root-key";
const APP = "secret-of-the-app-key";
const SHOP = "secret-of-the-shop-key";
const KEYS = `root:read+write+admin=${ROOT},app:read+write=${APP},shop:write+admin:shop/=${SHOP}`;

const sorted = (lines: readonly object[]): readonly object[] =>
  lines.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
const textOf = (line: object): string => JSON.stringify(Object.entries(line).sort());

describeKinds((_where, env) => {
  let server: RespServer;
  let seen = 0;

  beforeAll(async () => {
    server = await startRespServer({ CACHEE_API_KEYS: KEYS, ...env() });
    await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
  });
  afterAll(async () => void (await server.stop()));

  const send = (method: string, path: string, secret: string, body?: unknown) =>
    fetch(server.url + path, {
      method,
      headers: { "x-api-key": secret, "x-request-id": "r1" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });

  const lines = () =>
    server
      .stderr()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === "audit");

  /** The next `count` lines of the audit log, without what all of them have; several workers write in any order. */
  async function audited(count: number): Promise<readonly object[]> {
    await until(() => lines().length >= seen + count);
    const found = lines().slice(seen);
    seen += found.length;
    expect(found.filter(({ level }) => level !== "info")).toEqual([]);
    return sorted(found.map(({ time: _time, level: _level, event: _event, ...rest }) => rest));
  }

  test("HTTP: what was done to which keys, by whom, and what came of it", async () => {
    const http = { apiKey: "root", lane: "http", requestId: "r1" };
    await send("PUT", "/cache/a", ROOT, "1");
    await send("GET", "/cache/a", ROOT);
    await send("DELETE", "/cache/a", ROOT);
    await send("DELETE", "/cache/a", ROOT);
    await send("POST", "/batch", ROOT, { get: ["a"], set: [{ key: "b", value: "1" }], delete: ["c"] });
    await send("POST", "/batch", ROOT, { get: ["a"] });
    await send("PUT", "/cache/other", SHOP, "1");
    expect(await audited(5)).toEqual(
      sorted([
        { ...http, operation: "put", outcome: "done", keys: ["a"], count: 1 },
        { ...http, operation: "delete", outcome: "done", keys: ["a"], count: 1 },
        { ...http, operation: "delete", outcome: "key_not_found", keys: ["a"], count: 1 },
        { ...http, operation: "batch", outcome: "done", keys: ["b", "c"], count: 2 },
        { ...http, apiKey: "shop", operation: "put", outcome: "forbidden", keys: ["other"], count: 1 },
      ]),
    );
  });

  test("mass invalidations by any key, and nothing else of a key without the scope", async () => {
    const http = { apiKey: "app", lane: "http", operation: "invalidate", requestId: "r1" };
    await send("PUT", "/cache/a", APP, "1");
    await send("DELETE", "/cache/a", APP);
    await send("POST", "/invalidate", APP, { keys: ["a"] });
    await send("POST", "/invalidate", APP, { prefix: "x/" });
    await send("POST", "/invalidate", APP, { tags: ["t", "u"] });
    await send("POST", "/invalidate", APP, { all: true });
    await send("POST", "/invalidate", ROOT, { keys: Array.from({ length: 20 }, (_, i) => `k${i}`) });
    await send("POST", "/invalidate", ROOT, { all: true });
    expect(await audited(5)).toEqual(
      sorted([
        { ...http, outcome: "done", prefix: "x/" },
        { ...http, outcome: "done", tags: ["t", "u"], count: 2 },
        { ...http, outcome: "forbidden", all: true },
        {
          ...http,
          apiKey: "root",
          outcome: "done",
          keys: Array.from({ length: 16 }, (_, i) => `k${i}`),
          count: 20,
        },
        { ...http, apiKey: "root", outcome: "done", all: true },
      ]),
    );
  });

  test("RESP: commands that change something, those of a transaction and of HTTP too", async () => {
    const resp = { apiKey: "root", lane: "resp" };
    const root = await RespConnection.open(server.respPort, ROOT);
    const app = await RespConnection.open(server.respPort, APP);
    await app.ask("SET", "p", "1");
    await app.ask("FLUSHALL");
    await root.ask("SET", "p", "1");
    await root.ask("GET", "p");
    await root.ask("SET", "p", "1", "XX", "EX", "100");
    await root.ask("INCRBY", "p", "no number");
    await root.ask("MSET", "q", "1", "r", "2");
    await root.ask("DEL", ...Array.from({ length: 3_000 }, (_, i) => `k${i}`));
    for (const command of [["MULTI"], ["SET", "s", "1"], ["GET", "s"], ["DEL", "s"], ["EXEC"]])
      await root.ask(...command);
    await root.ask("FLUSHALL");
    await send("POST", "/pipeline", ROOT, [
      ["GET", "p"],
      ["SET", "p", "1"],
    ]);
    const of = (operation: string, keys: string[], outcome = "done", count = keys.length) => ({
      ...resp,
      operation,
      outcome,
      keys,
      count,
    });
    const first16 = Array.from({ length: 16 }, (_, i) => `k${i}`);
    expect(await audited(10)).toEqual(
      sorted([
        { ...resp, apiKey: "app", operation: "flushall", outcome: "forbidden", all: true },
        of("set", ["p"]),
        of("set", ["p"]),
        of("incrby", ["p"], "bad_command"),
        of("mset", ["q", "r"]),
        of("del", first16, "done", 3_000),
        of("set", ["s"]),
        of("del", ["s"]),
        { ...resp, operation: "flushall", outcome: "done", all: true },
        { ...of("set", ["p"]), lane: "redis_rest" },
      ]),
    );
    root.close();
    app.close();
  });

  test("WebSocket: puts and deletes", async () => {
    const key = "w";
    const value = new TextEncoder().encode("1");
    const socketOf = async (secret: string) => {
      const headers = { "x-api-key": secret };
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws`, {
        headers,
        protocols: ["cachee.1"],
      });
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      return socket;
    };
    const ask = (socket: WebSocket, request: Parameters<typeof encodeRequest>[0]) =>
      new Promise((resolve) => {
        socket.addEventListener("message", resolve, { once: true });
        socket.send(encodeRequest(request) as Uint8Array<ArrayBuffer>);
      });
    const [root, app, shop] = await Promise.all([socketOf(ROOT), socketOf(APP), socketOf(SHOP)]);
    await ask(app, { operation: PUT, id: 1, key, value });
    await ask(root, { operation: PUT, id: 2, key, value });
    await ask(root, { operation: GET, id: 3, key });
    await ask(root, { operation: DELETE, id: 4, key });
    await ask(root, { operation: DELETE, id: 5, key });
    await ask(shop, { operation: PUT, id: 6, key, value });
    const by = { apiKey: "root", lane: "websocket", keys: [key], count: 1 };
    expect(await audited(4)).toEqual(
      sorted([
        { ...by, operation: "put", outcome: "done" },
        { ...by, operation: "delete", outcome: "done" },
        { ...by, operation: "delete", outcome: "key_not_found" },
        { ...by, apiKey: "shop", operation: "put", outcome: "forbidden" },
      ]),
    );
    for (const socket of [root, app, shop]) socket.close();
  });

  test("no line has a secret, and none is among the last events", async () => {
    const events = await (await send("GET", "/admin/events", ROOT)).text();
    expect(events).not.toContain('"audit"');
    for (const secret of [ROOT, APP, SHOP]) expect(server.stderr()).not.toContain(secret);
  });
});

test("of a bare secret, which is mostly an application's, only mass invalidations have lines", async () => {
  const secret = "0123456789abcdef";
  const server = await startRespServer({ CACHEE_API_KEYS: secret });
  const client = await RespConnection.open(server.respPort, secret);
  await client.ask("SET", "a", "1");
  await fetch(`${server.url}/cache/a`, { method: "PUT", body: "1", headers: { "x-api-key": secret } });
  await client.ask("FLUSHALL");
  client.close();
  await server.stop();
  const lines = server
    .stderr()
    .split("\n")
    .filter((line) => line.includes('"audit"'));
  expect(lines.map((line) => (JSON.parse(line) as { operation: string }).operation)).toEqual(["flushall"]);
});

test("where the log writes no lines of level info it writes none of these", async () => {
  const server = await startRespServer({ CACHEE_API_KEYS: KEYS, CACHEE_LOG: "warn" });
  const client = await RespConnection.open(server.respPort, ROOT);
  await client.ask("SET", "a", "1");
  await client.ask("FLUSHALL");
  client.close();
  await fetch(`${server.url}/cache/a`, { method: "PUT", body: "1", headers: { "x-api-key": ROOT } });
  await server.stop();
  // A busy machine may have told of itself.
  expect(server.stderr()).not.toContain('"audit"');
});
