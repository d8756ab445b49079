// What the service says of itself: health, stats, metrics, instances; and batches and invalidations.

import { describe, expect, test } from "bun:test";
import { createTestApp } from "../support/app.ts";
import { checkExposition } from "../support/exposition.ts";

const post = (value: unknown) => ({
  method: "POST",
  body: typeof value === "string" ? value : JSON.stringify(value),
});

test("health needs no key and follows the instance's state", async () => {
  const { app, lifecycle } = createTestApp();
  const get = async (path: string) => (await app.fetch(new Request(`http://cachee.test${path}`))).status;
  for (const [state, status] of [
    ["starting", 503],
    ["ready", 200],
    ["draining", 503],
  ] as const) {
    lifecycle.state = state;
    expect(await get("/health/live")).toBe(200);
    expect(await get("/health/ready")).toBe(status);
  }
  expect(await get("/stats")).toBe(401);
  expect(await get("/metrics")).toBe(401);
  expect(await get("/instances")).toBe(401);
  expect(await get("/dashboard")).toBe(200);
});

test("/stats counts what happened", async () => {
  const { send } = createTestApp();
  await send("/cache/k", { method: "PUT", body: "v" });
  for (let i = 0; i < 3; i++) await send("/cache/k");
  await send("/cache/none");
  const stats: unknown = await (await send("/stats")).json();
  expect(stats).toMatchObject({
    instance: "test",
    l1: { entries: 1, bytes: expect.any(Number), hits: 3, misses: 1, hitRate: 0.75, evictions: 0 },
    l2: { state: "off", hits: 0, misses: 0, errors: 0 },
    latency: { fast: { count: 3, p50Us: expect.any(Number) }, cold: { count: 2 } },
    coherence: { sent: 0, received: 0, selfSkipped: 0, gaps: 0, lagMsP99: 0 },
  });
});

test("/metrics is well-formed exposition with every name of the contract", async () => {
  const { send } = createTestApp();
  await send("/cache/k", { method: "PUT", body: "v" });
  await send("/cache/k");
  await send("/cache/none");
  const answer = await send("/metrics");
  expect(answer.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  const families = checkExposition(await answer.text());
  expect(families.get("cachee_requests_total")?.samples.get('{method="GET",status="200"}')).toBe(1);
  expect(families.get("cachee_requests_total")?.samples.get('{method="PUT",status="201"}')).toBe(1);
  expect(families.get("cachee_hits_total")?.samples.get('{tier="l1"}')).toBe(1);
  expect(families.get("cachee_misses_total")?.samples.get("")).toBe(1);
  expect(families.get("cachee_request_duration_seconds")?.type).toBe("histogram");
  const names = `cachee_l1_entries cachee_l1_bytes cachee_l1_bytes_max cachee_evictions_total
    cachee_l2_duration_seconds cachee_l2_errors_total cachee_coherence_messages_total cachee_coherence_lag_seconds
    cachee_coherence_gaps_total cachee_coherence_state cachee_instances cachee_rate_limited_total
    process_resident_memory_bytes process_cpu_seconds_total process_start_time_seconds cachee_build_info
    cachee_event_loop_delay_seconds cachee_in_flight_bytes cachee_refusals_total cachee_log_lines_dropped_total`.split(
    /\s+/,
  );
  for (const name of names) expect(families.has(name)).toBe(true);
});

test("/admin/ is for keys with the scope admin", async () => {
  const { send } = createTestApp();
  expect((await send("/admin/x", { headers: { "x-api-key": "unknown" } })).status).toBe(401);
  expect((await send("/admin/x", { headers: { "x-api-key": "writer-secret" } })).status).toBe(403);
  expect((await send("/admin/x")).status).toBe(404);
});

describe("POST /batch", () => {
  test("takes TTLs of any number of decimals", async () => {
    const { send } = createTestApp();
    for (const ttl of [0.1 + 0.2, 59.99700000000001, 1 / 3, 1e-7]) {
      expect((await send("/batch", post({ set: [{ key: "k", value: "v", ttl }] }))).status).toBe(200);
    }
  });

  test("gets, then sets, then deletes, and says what it did", async () => {
    const { send } = createTestApp();
    await send("/cache/old", { method: "PUT", body: "old", headers: { "content-type": "text/plain" } });
    const set = [
      { key: "é", value: "wörld", contentType: "text/plain", ttl: 60, tags: ["t"] },
      { key: "bytes", value: "AAH/", encoding: "base64" },
    ];
    const answer = await send(
      "/batch",
      post({ get: ["old", "é", "__proto__"], set, delete: ["old", "none"] }),
    );
    expect(answer.status).toBe(200);
    const etag = expect.stringMatching(/^"[0-9a-f]{16}"$/);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ set: 2, delete: 1 });
    expect(text).toContain('"__proto__":null');
    expect(JSON.parse(text).get.old).toEqual({
      value: "old",
      encoding: "utf8",
      contentType: "text/plain",
      etag,
      ttl: null,
    });
    const then = await (await send("/batch", post({ get: ["é", "bytes", "old"] }))).json();
    expect(then).toEqual({
      get: {
        é: { value: "wörld", encoding: "utf8", contentType: "text/plain", etag, ttl: 60 },
        bytes: {
          value: "AAH/",
          encoding: "base64",
          contentType: "application/octet-stream",
          etag,
          ttl: null,
        },
        old: null,
      },
      set: 0,
      delete: 0,
    });
  });

  test.each<[string, unknown, string]>([
    ["not JSON", "{", "bad_json"],
    ["an array", [], "bad_batch"],
    ["an unknown member", { put: [] }, "bad_batch"],
    ["a key that is none", { get: ["ok", ""] }, "get[1]"],
    ["a number for a key", { delete: [5] }, "delete[0]"],
    ["a dot segment", { set: [{ key: "a/../b", value: "" }] }, "set[0]"],
    ["no value", { set: [{ key: "good", value: "v" }, { key: "k" }] }, "set[1]"],
    [
      "bad base64",
      {
        set: [
          { key: "good", value: "v" },
          { key: "k", value: "@", encoding: "base64" },
        ],
      },
      "set[1]",
    ],
    ["a bad encoding", { set: [{ key: "k", value: "", encoding: "hex" }] }, "set[0]"],
    [
      "a bad TTL",
      {
        set: [
          { key: "good", value: "v" },
          { key: "k", value: "", ttl: 0 },
        ],
      },
      "set[1]",
    ],
    ["a bad tag", { set: [{ key: "k", value: "", tags: ["x".repeat(65)] }] }, "set[0]"],
    ["a lone surrogate", { set: [{ key: "k", value: "\ud800" }] }, "set[0]"],
    ["a bad content type", { set: [{ key: "k", value: "", contentType: "a\nb" }] }, "set[0]"],
    ["too many items", { get: Array.from({ length: 1_001 }, (_, i) => `k${i}`) }, "1000"],
  ])("%s is refused and nothing is done", async (_, body, named) => {
    const { send } = createTestApp();
    const refused = await send("/batch", post(body));
    expect(refused.status).toBe(400);
    expect(JSON.stringify(await refused.json())).toContain(named);
    expect((await send("/cache/good")).status).toBe(404);
  });

  test("every item needs its scope", async () => {
    const { send } = createTestApp();
    const status = async (key: string, body: object) =>
      (await send("/batch", { ...post(body), headers: { "x-api-key": key } })).status;
    expect(await status("reader-secret", { get: ["k"] })).toBe(200);
    expect(await status("reader-secret", { delete: ["k"] })).toBe(403);
    expect(await status("shop-secret", { get: ["shop/k"] })).toBe(200);
    expect(await status("shop-secret", { get: ["shop/k", "other"] })).toBe(403);
  });
});

describe("POST /invalidate", () => {
  const fill = async (send: (path: string, init?: RequestInit) => Promise<Response>) => {
    for (const [key, tags] of [
      ["a/1", "red"],
      ["a/2", "red, blue"],
      ["b/1", "blue"],
      ["b/2", ""],
    ] as const) {
      await send(`/cache/${key}`, { method: "PUT", body: key, headers: { "cache-tag": tags } });
      for (let i = 0; i < 3; i++) await send(`/cache/${key}`);
    }
  };
  test.each<[object, readonly string[]]>([
    [{ keys: ["a/1", "none"] }, ["a/1"]],
    [{ prefix: "a/" }, ["a/1", "a/2"]],
    [{ tags: ["blue"] }, ["a/2", "b/1"]],
    [{ tags: ["red", "blue"] }, ["a/1", "a/2", "b/1"]],
    [{ all: true }, ["a/1", "a/2", "b/1", "b/2"]],
    [{ prefix: "c" }, []],
  ])("%p removes %p and counts them", async (target, gone) => {
    const { send } = createTestApp();
    await fill(send);
    const answer = await send("/invalidate", post(target));
    expect(await answer.json()).toEqual({ invalidated: gone.length });
    for (const key of ["a/1", "a/2", "b/1", "b/2"]) {
      expect((await send(`/cache/${key}`)).status).toBe(gone.includes(key) ? 404 : 200);
    }
    await send("/cache/a/1", { method: "PUT", body: "new", headers: { "cache-tag": "red, blue" } });
    expect(await (await send("/cache/a/1")).text()).toBe("new");
  });

  test.each([
    {},
    { all: false },
    { prefix: "" },
    { keys: "a" },
    { tags: [""] },
    { prefix: "a", all: true },
    { kees: [] },
    { prefix: "\ud83d" },
    { keys: ["k\udc00"] },
    { tags: ["\ud83d"] },
  ])("%p is refused", async (body) => {
    const { send } = createTestApp();
    const refused = await send("/invalidate", post(body));
    expect(refused.status).toBe(400);
  });

  test("all needs admin, the rest write, within the key's prefix", async () => {
    const { send } = createTestApp();
    const status = async (key: string, body: object) =>
      (await send("/invalidate", { ...post(body), headers: { "x-api-key": key } })).status;
    expect(await status("writer-secret", { all: true })).toBe(403);
    expect(await status("reader-secret", { keys: ["k"] })).toBe(403);
    expect(await status("writer-secret", { tags: ["t"] })).toBe(200);
    expect(await status("shop-secret", { prefix: "shop/x" })).toBe(200);
    expect(await status("shop-secret", { prefix: "sho" })).toBe(403);
    expect(await status("shop-secret", { tags: ["t"] })).toBe(403);
  });
});

test("CORS: preflight and answers to allowed origins only", async () => {
  const { send } = createTestApp({ corsOrigins: ["https://app.example"] });
  await send("/cache/k", { method: "PUT", body: "v" });
  const preflight = await send("/cache/k", {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "PUT" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
  for (let i = 0; i < 3; i++) {
    const read = await send("/cache/k", { headers: { origin: "https://app.example" } });
    expect(read.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(read.headers.get("access-control-expose-headers")).toContain("ETag");
    const other = await send("/cache/k", { headers: { origin: "https://evil.example" } });
    expect(other.headers.has("access-control-allow-origin")).toBe(false);
  }
});
