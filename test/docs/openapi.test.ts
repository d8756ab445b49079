// Holds docs/openapi.yaml to OpenAPI's own schema, to the table of endpoints, and to answers of a real server.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { redisRestRoutes } from "../../src/http/handlers/redis-rest.ts";
import { Preferences } from "../../src/http/request/accept-encoding.ts";
import { accessOf } from "../../src/http/route.ts";
import { createTestApp } from "../support/app.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { document, DOCUMENT_PATH, faultsIn } from "./openapi.ts";

/** Rows that are no part of the interface: the page's own files, paths that are kept. */
const LEFT_OUT = new Set(["GET /dashboard/{key}", "GET /admin/{key}"]);

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({
    CACHEE_API_KEYS: "root:read+write+admin=0123456789abcdef",
    CACHEE_VALUE_BYTES_MAX: "1kb",
  });
});

afterAll(async () => {
  await server?.stop();
});

test("it is a valid OpenAPI document", async () => {
  const result = await new Validator().validate(DOCUMENT_PATH);
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
});

test("its operations and their access are the table's", async () => {
  const { routes, close } = createTestApp();
  const commands = { names: [], run: () => Promise.resolve([]), transact: () => Promise.resolve([]) };
  const table = [
    ...routes,
    ...redisRestRoutes({ commands, preferences: new Preferences(), valueBytesMax: 1_024 }),
  ]
    .map((route) => ({
      name: `${route.method} ${route.path.replace("/*", route.path === "/docs/*" ? "/{page}" : "/{key}")}`,
      access: accessOf(route),
    }))
    .filter(({ name }) => !LEFT_OUT.has(name));
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => method !== "parameters")
      .map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        access: operation["x-cachee-access"],
      })),
  );
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(documented.sort(byName) as unknown).toEqual(table.sort(byName));
  await close();
});

interface Exchange {
  readonly method: string;
  readonly path: string;
  /** The document's name for it, where it is another. */
  readonly of?: string;
  readonly status: number;
  readonly body?: string;
  readonly fields?: Record<string, string>;
}

const entry = { path: "/cache/a/b", of: "/cache/{key}" };
const batch = { method: "POST", path: "/batch" };
const invalidate = { method: "POST", path: "/invalidate" };
const redis = { method: "POST" };

/** In this order. */
const EXCHANGES: readonly Exchange[] = [
  { ...entry, method: "GET", status: 404 },
  { ...entry, method: "GET", status: 404, fields: { "x-lease-wait": "0" } },
  { ...entry, method: "PUT", status: 201, body: "one", fields: { "cache-tag": "t", "x-ttl": "60" } },
  { ...entry, method: "PUT", status: 204, body: "two" },
  { ...entry, method: "POST", status: 204, body: "three" },
  { ...entry, method: "PUT", status: 412, body: "four", fields: { "if-none-match": "*" } },
  { ...entry, method: "PUT", status: 413, body: "x".repeat(2_000) },
  { ...entry, method: "PUT", status: 415, body: "x", fields: { "content-encoding": "compress" } },
  { ...entry, method: "PUT", status: 400, body: "x", fields: { "x-ttl": "soon" } },
  { ...entry, method: "GET", status: 200 },
  { ...entry, method: "GET", status: 304, fields: { "if-none-match": "*" } },
  { ...entry, method: "GET", status: 406, fields: { "accept-encoding": "identity;q=0, *;q=0" } },
  { ...entry, method: "GET", status: 401, fields: { "x-api-key": "wrong" } },
  {
    ...batch,
    status: 200,
    body: '{"get":["a/b","no"],"set":[{"key":"c","value":"AA==","encoding":"base64"}],"delete":["no"]}',
  },
  { ...batch, status: 200, body: '{"get":["c"]}' },
  { ...batch, status: 400, body: '{"got":["c"]}' },
  { ...invalidate, status: 200, body: '{"keys":["c"]}' },
  { ...invalidate, status: 200, body: '{"prefix":"x"}' },
  { ...invalidate, status: 200, body: '{"tags":["t"]}' },
  { ...invalidate, status: 400, body: "{}" },
  { method: "GET", path: "/admin/entries?count=10", of: "/admin/entries", status: 200 },
  { method: "GET", path: "/admin/entries?with=value", of: "/admin/entries", status: 200 },
  { method: "GET", path: "/admin/entries?with=all", of: "/admin/entries", status: 400 },
  { method: "GET", path: "/admin/entries?count=no", of: "/admin/entries", status: 400 },
  { method: "GET", path: "/admin/entry/a/b", of: "/admin/entry/{key}", status: 200 },
  { method: "GET", path: "/admin/entry/no", of: "/admin/entry/{key}", status: 404 },
  { method: "GET", path: "/admin/hot", status: 200 },
  { method: "GET", path: "/admin/big", status: 200 },
  { method: "GET", path: "/admin/events", status: 200 },
  { method: "GET", path: "/admin/requests?status=4xx", of: "/admin/requests", status: 200 },
  { method: "GET", path: "/admin/requests?lane=x", of: "/admin/requests", status: 400 },
  { method: "GET", path: "/admin/log-level", status: 200 },
  { method: "PUT", path: "/admin/log-level", status: 200, body: '{"level":"info"}' },
  { method: "PUT", path: "/admin/log-level", status: 400, body: '{"level":"loud"}' },
  { method: "GET", path: "/stats/history", status: 200 },
  { ...entry, method: "DELETE", status: 204 },
  { ...entry, method: "DELETE", status: 404 },
  { ...redis, path: "/", status: 200, body: '["SET","r","1"]' },
  { ...redis, path: "/", status: 400, body: '["LPUSH","r","1"]' },
  { ...redis, path: "/", status: 400, body: "{}" },
  { ...redis, path: "/pipeline", status: 200, body: '[["GET","r"],["LPUSH","r","1"],["EXISTS","r"]]' },
  { ...redis, path: "/pipeline", status: 400, body: "[[]]" },
  { ...redis, path: "/multi-exec", status: 200, body: '[["INCR","r"],["GET","r"]]' },
  { ...redis, path: "/multi-exec", status: 400, body: '[["LPUSH","r","1"]]' },
  { ...invalidate, status: 200, body: '{"all":true}' },
  { method: "GET", path: "/health/live", status: 200 },
  { method: "GET", path: "/health/ready", status: 200 },
  { method: "GET", path: "/metrics", status: 200 },
  { method: "GET", path: "/stats", status: 200 },
  { method: "GET", path: "/instances", status: 200 },
  { method: "GET", path: "/", status: 302 },
  { method: "GET", path: "/dashboard", status: 200 },
  { method: "GET", path: "/docs", status: 302 },
  { method: "GET", path: "/docs/", of: "/docs/{page}", status: 200 },
  { method: "GET", path: "/docs/openapi.yaml", of: "/docs/{page}", status: 200 },
  { method: "GET", path: "/docs/none", of: "/docs/{page}", status: 404 },
  { method: "GET", path: "/ws", status: 426 },
];

test("what a real server answers is what it says", async () => {
  for (const { method, path, of = path, status, body, fields } of EXCHANGES) {
    const answer = await fetch(server.url + path, {
      method,
      headers: { "x-api-key": "0123456789abcdef", ...fields },
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    });
    const where = `${method} ${path} ${body?.slice(0, 60) ?? ""}`;
    expect([where, answer.status]).toEqual([where, status]);
    expect([where, await faultsIn(method, of, answer)]).toEqual([where, []]);
  }
});

test("every operation has an answer that is recorded", () => {
  const recorded = new Set(EXCHANGES.map(({ method, path, of = path }) => `${method.toLowerCase()} ${of}`));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== "parameters")
      .map((method) => `${method} ${path}`),
  );
  expect(operations.filter((operation) => !recorded.has(operation))).toEqual([]);
});
