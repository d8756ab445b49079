// The level of the log while an instance runs, in all of its workers, and the requests that it tells of at `debug`.

import { afterEach, expect, test } from "bun:test";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

const ROOT = "secret-of-the-root-key";
const SHOP = "secret-of-the-shop-key";
const KEYS = `root:read+write+admin=${ROOT},shop:read+write+admin:shop/=${SHOP}`;

let server: RespServer;
afterEach(async () => void (await server.stop()));

const start = async (env: Readonly<Record<string, string>>) => {
  server = await startRespServer({ CACHEE_API_KEYS: KEYS, ...env });
  await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
};

/** On a connection of its own, so that any worker may answer. */
const send = (method: string, path: string, body?: string, secret = ROOT) =>
  fetch(server.url + path, {
    method,
    headers: { "x-api-key": secret, "x-request-id": "r1", connection: "close" },
    ...(body === undefined ? {} : { body }),
  });

const change = async (level: string, secret = ROOT) =>
  (await send("PUT", "/admin/log-level", JSON.stringify({ level }), secret)).status;

const level = async () =>
  ((await (await send("GET", "/admin/log-level")).json()) as { readonly level: string }).level;

const lines = (event: string) =>
  server
    .stderr()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["event"] === event);

test("at debug requests are told, with the code of a refusal; never a secret or a value", async () => {
  await start({ CACHEE_LOG: "debug" });
  await send("PUT", "/cache/a/b", "1");
  await send("GET", "/cache/none");
  await send("PUT", "/cache/a?ttl=soon", "1");
  await send("GET", "/cache/a", undefined, "a-wrong-secret-of-mine");
  await send("POST", "/set/k/a-value-of-mine");
  await send("GET", "/a-wrong-secret-of-mine");
  const client = await RespConnection.open(server.respPort, ROOT);
  await client.ask("INCR", "a/b", "c");
  client.close();
  await until(() => lines("refused").length === 1 && lines("request").length >= 6);
  const told = lines("request").filter(({ path }) => path !== "/health");
  const shown = told.map(({ method, path, status, code, apiKey }) => [method, path, status, code, apiKey]);
  expect(shown).toEqual([
    ["PUT", "/cache/a/b", 201, undefined, "root"],
    ["GET", "/cache/none", 404, undefined, "root"],
    ["PUT", "/cache/a", 400, "bad_ttl", "root"],
    ["GET", "/cache/a", 401, "unauthorized", undefined],
    ["POST", "/set", 200, undefined, "root"],
    ["GET", undefined, 404, "path_not_found", undefined],
  ]);
  for (const line of told) {
    expect(line).toMatchObject({ level: "debug", requestId: "r1" });
    expect(line["us"]).toBeNumber();
  }
  expect(lines("refused")[0]).toMatchObject({ lane: "resp", operation: "incr", code: "bad_command" });
  for (const text of [ROOT, SHOP, "of-mine"]) expect(server.stderr()).not.toContain(text);
});

test("hits of the fast lane have no line", async () => {
  await start({ CACHEE_LOG: "debug" });
  await send("PUT", "/cache/a", "1");
  await send("GET", "/cache/a");
  await send("GET", "/cache/none");
  await until(() => lines("request").some(({ path }) => path === "/cache/none"));
  expect(lines("request").filter(({ method, path }) => method === "GET" && path === "/cache/a")).toEqual([]);
});

test.each(["1", "3"])("the level is changed while it runs, with %s workers", async (workers) => {
  await start({ CACHEE_LOG: "warn", CACHEE_WORKERS: workers });
  const all = async (wanted: string) => {
    const levels = await Promise.all(Array.from({ length: 24 }, level));
    return levels.every((one) => one === wanted);
  };
  expect(await level()).toBe("warn");
  await send("GET", "/cache/none");
  expect(await change("debug")).toBe(200);
  await until(() => all("debug"));
  await send("GET", "/cache/told");
  await until(() => lines("request").some(({ path }) => path === "/cache/told"));
  expect(lines("request").some(({ path }) => path === "/cache/none")).toBeFalse();
  expect(await change("silent")).toBe(200);
  await until(() => all("silent"));
  await until(() => lines("audit").length === 2);
  expect(lines("audit").map(({ from, to, apiKey }) => [from, to, apiKey])).toEqual([
    ["warn", "debug", "root"],
    ["debug", "silent", "root"],
  ]);
});

test("a level that there is none of, a query and a key with a prefix are refused", async () => {
  await start({});
  expect(await change("loud")).toBe(400);
  expect((await send("PUT", "/admin/log-level", "{}")).status).toBe(400);
  expect((await send("PUT", "/admin/log-level?level=debug", '{"level":"debug"}')).status).toBe(400);
  expect(await change("debug", SHOP)).toBe(403);
  expect((await send("POST", "/admin/log-level", '{"level":"debug"}')).status).toBe(405);
  expect(await level()).toBe("info");
});
