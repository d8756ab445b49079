// Every limit of the contract, at its edge and one past it: the status, the code, and nothing stored.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import zlib from "node:zlib";
import { ask } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";
import type { RawResponse } from "../support/response-parser.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const VALUE_BYTES_MAX = 65_536;
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ CACHEE_VALUE_BYTES_MAX: "64kb" });
});
afterAll(() => server.stop());

function send(method: string, target: string, fields = "", body?: string, to = server): Promise<RawResponse> {
  const all = `x-api-key: ${to.key}\r\n${fields}`;
  return ask(to, rawRequest({ method, target, fields: all, ...(body === undefined ? {} : { body }) }));
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** The code of a refusal, which has to be a problem of `status` to the letter (RFC 9457). */
function codeOf(response: RawResponse, status: number): string {
  expect(response.status).toBe(status);
  expect(response.field("content-type")).toBe("application/problem+json");
  expect(response.field("cache-control")).toBe("no-store");
  const problem = JSON.parse(response.body.toString()) as Problem;
  expect(problem.status).toBe(status);
  expect(problem.type).toBe("about:blank");
  expect([problem.title, problem.detail].every((text) => text.length > 0)).toBe(true);
  return problem.code;
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const tags = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`).join(", ");
const full = "x".repeat(VALUE_BYTES_MAX);
const gzip = (bytes: number) => latin1(zlib.gzipSync(Buffer.alloc(bytes)));

/** What a PUT may have at the most, and what is one past it. */
const EDGES = [
  ["value by Content-Length", ["", full], ["", `${full}x`], 413, "value_too_large"],
  [
    "value by chunks",
    ["Transfer-Encoding: chunked\r\n", chunked(full)],
    ["Transfer-Encoding: chunked\r\n", chunked(`${full}x`)],
    413,
    "value_too_large",
  ],
  [
    "value after decoding",
    ["Content-Encoding: gzip\r\n", gzip(VALUE_BYTES_MAX)],
    ["Content-Encoding: gzip\r\n", gzip(VALUE_BYTES_MAX + 1)],
    413,
    "value_too_large",
  ],
  ["ttl", ["x-ttl: 31536000\r\n", "x"], ["x-ttl: 31536001\r\n", "x"], 400, "bad_ttl"],
  ["ttl from below", ["x-ttl: 9\r\n", "x"], ["x-ttl: 0\r\n", "x"], 400, "bad_ttl"],
  [
    "max-age",
    ["Cache-Control: max-age=31536000\r\n", "x"],
    ["Cache-Control: max-age=31536001\r\n", "x"],
    400,
    "bad_ttl",
  ],
  [
    "bytes of a tag",
    [`Cache-Tag: ${"t".repeat(64)}\r\n`, "x"],
    [`Cache-Tag: ${"t".repeat(65)}\r\n`, "x"],
    400,
    "bad_tag",
  ],
  ["tags", [`Cache-Tag: ${tags(32)}\r\n`, "x"], [`Cache-Tag: ${tags(33)}\r\n`, "x"], 400, "bad_tag"],
  [
    "bytes of Content-Type",
    [`Content-Type: ${"t".repeat(1_024)}\r\n`, "x"],
    [`Content-Type: ${"t".repeat(1_025)}\r\n`, "x"],
    400,
    "bad_header",
  ],
  [
    "bytes of Cache-Control",
    [`Cache-Control: ${"c".repeat(1_024)}\r\n`, "x"],
    [`Cache-Control: ${"c".repeat(1_025)}\r\n`, "x"],
    400,
    "bad_header",
  ],
] as const;

describe.each(EDGES)("%s", (name, [fields, body], [fieldsPast, bodyPast], status, code) => {
  const target = `/cache/${encodeURIComponent(name)}`;

  test("at the edge it is stored, past it refused and nothing changed", async () => {
    const bigger = await send("PUT", `${target}-past`, fieldsPast, bodyPast);
    expect(codeOf(bigger, status)).toBe(code);
    expect((await send("GET", `${target}-past`)).status).toBe(404);
    expect((await send("PUT", target, fields, body)).status).toBe(201);
    const stored = await send("GET", `${target}?again`);
    expect(codeOf(await send("PUT", target, fieldsPast, bodyPast), status)).toBe(code);
    const after = await send("GET", `${target}?again`);
    if (stored.status === 200) expect(after.field("etag")).toBe(stored.field("etag")!);
  });
});

test("a batch has at most 1,000 items, of all kinds together", async () => {
  const keys = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const set = keys(400, "s").map((key) => ({ key, value: "x" }));
  const batch = (more: number) => JSON.stringify({ set, get: keys(300, "g"), delete: keys(300 + more, "d") });
  const refused = await send("POST", "/batch", "", batch(1));
  expect(codeOf(refused, 400)).toBe("bad_batch");
  expect((await send("GET", "/cache/s0")).status).toBe(404);
  expect((await send("POST", "/batch", "", batch(0))).status).toBe(200);
  expect((await send("GET", "/cache/s399")).status).toBe(200);
});

test("a batch item past any limit is named, and nothing of the batch is done", async () => {
  for (const [item, status] of [
    [{ key: "k".repeat(513), value: "x" }, 400],
    [{ key: "b", value: `${full}x` }, 413],
    [{ key: "b", value: "x", ttl: 31_536_001 }, 400],
    [{ key: "b", value: "x", tags: Array.from({ length: 33 }, (_, i) => `t${i}`) }, 400],
    [{ key: "b", value: "x", contentType: "t".repeat(1_025) }, 400],
  ] as const) {
    const body = JSON.stringify({ set: [{ key: "batch-first", value: "x" }, item] });
    const refused = await send("POST", "/batch", "", body);
    codeOf(refused, status);
    expect(refused.body.toString()).toContain("set[1]");
    expect((await send("GET", "/cache/batch-first")).status).toBe(404);
  }
});

test("a JSON body past 16 MiB is refused before it is read", async () => {
  const refused = await send("POST", "/invalidate", `Content-Length: ${(16 << 20) + 1}\r\n`);
  expect(codeOf(refused, 413)).toBe("body_too_large");
});

test("past the rate, writes and misses are 429 with Retry-After, and hits go on", async () => {
  const limited = await startServer({ CACHEE_RATE_LIMIT: "5" });
  try {
    const to = (method: string, target: string, body?: string) => send(method, target, "", body, limited);
    expect((await to("PUT", "/cache/hit", "x")).status).toBe(201);
    const refusals: RawResponse[] = [];
    for (let i = 0; i < 60; i++) {
      const each = i % 2 === 0 ? await to("PUT", `/cache/r${i}`, "x") : await to("GET", "/cache/miss");
      if (each.status === 429) refusals.push(each);
      else expect([201, 404]).toContain(each.status);
    }
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals) {
      expect(codeOf(refusal, 429)).toBe("rate_limited");
      expect(refusal.field("retry-after")).toMatch(/^[1-9]\d*$/);
    }
    for (let i = 0; i < 20; i++) expect((await to("GET", "/cache/hit")).status).toBe(200);
  } finally {
    await limited.stop();
  }
});
