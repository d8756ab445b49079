// What a batch may cost: bytes of its answer, bytes in flight, time in one go, and of the rate; and what it tells when
// L2 does not.

import { expect, test } from "bun:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { InFlight } from "../../src/base/in-flight.ts";
import { BATCH_REPLY_BYTES_MAX } from "../../src/base/limits.ts";
import type { Store, WriteResult } from "../../src/store/store.ts";
import type { Ready } from "../../src/http/fast/ready.ts";
import { createTestApp } from "../support/app.ts";
import { until } from "../support/until.ts";

const MIB = 1024 * 1024;
const post = (value: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  body: JSON.stringify(value),
  headers,
});
const noise = (bytes: number) => Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7919) >> 3));
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

test("a key is read once, however often it is named", async () => {
  const { send } = createTestApp();
  const body = noise(MIB);
  await send("/cache/big", { method: "PUT", body });
  const answer = await send("/batch", post({ get: Array.from({ length: 1_000 }, () => "big") }));
  expect(answer.status).toBe(200);
  const { get } = (await answer.json()) as { get: Record<string, { value: string; encoding: string }> };
  expect(Object.keys(get)).toEqual(["big"]);
  expect([get["big"]!.encoding, get["big"]!.value === body.toString("base64")]).toEqual(["base64", true]);
});

test("an answer that is mostly base64 is sent as it is, to clients too that take gzip", async () => {
  const { send } = createTestApp();
  const body = noise(MIB);
  await send("/cache/big", { method: "PUT", body });
  const answer = await send("/batch", post({ get: ["big"] }, { "accept-encoding": "gzip" }));
  expect(answer.headers.get("content-encoding")).toBeNull();
  const { get } = (await answer.json()) as { get: Record<string, { value: string }> };
  expect(Buffer.from(get["big"]!.value, "base64").equals(body)).toBe(true);
});

test("an answer that would be too large is refused before anything is written", async () => {
  const { send } = createTestApp();
  const keys = Array.from({ length: Math.ceil(BATCH_REPLY_BYTES_MAX / MIB) }, (_, i) => `k${i}`);
  for (const key of keys) await send(`/cache/${key}`, { method: "PUT", body: noise(MIB) });
  const refused = await send("/batch", post({ get: keys, set: [{ key: "new", value: "v" }] }));
  expect(await codeOf(refused)).toEqual([413, "body_too_large"]);
  expect((await send("/cache/new")).status).toBe(404);
});

test("values of every length and text come back as they were, in pieces and compressed", async () => {
  const { send } = createTestApp();
  const texts = ["", "é", '"\\\u0000\u001f', "\ufeffbom", "a😀".repeat(70_000), "\u2028x".repeat(100_000)];
  for (const [i, text] of texts.entries()) await send(`/cache/t${i}`, { method: "PUT", body: text });
  const get = texts.map((_, i) => `t${i}`);
  for (const coding of ["identity", "gzip"]) {
    const answer = await send("/batch", post({ get }, { "accept-encoding": coding }));
    const sent = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get("content-encoding")).toBe(coding === "gzip" ? "gzip" : null);
    expect(answer.headers.get("vary")).toContain("Accept-Encoding");
    const all = JSON.parse((coding === "gzip" ? gunzipSync(sent) : sent).toString()) as {
      get: Record<string, { value: string; encoding: string }>;
    };
    expect(texts.map((text, i) => all.get[`t${i}`]!.value === text)).toEqual(texts.map(() => true));
  }
});

test("a large answer is made in turns: others run meanwhile", async () => {
  const { send } = createTestApp();
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  for (const key of keys) await send(`/cache/${key}`, { method: "PUT", body: "text ".repeat(200_000) });
  let turns = 0;
  let isRunning = true;
  const count = () => {
    turns += 1;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  const answer = await send("/batch", post({ get: keys }));
  isRunning = false;
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  expect(turns).toBeGreaterThan(3);
});

test("what does not fit into the budget of bytes in flight is refused, and all of it is given back", async () => {
  const inFlight = new InFlight(4 * MIB, 1);
  const { send } = createTestApp({}, "memory", { inFlight });
  const keys = ["a", "b", "c", "d"];
  for (const key of keys) await send(`/cache/${key}`, { method: "PUT", body: noise(MIB) });
  expect(inFlight.bytes).toBe(0);
  expect(await codeOf(await send("/batch", post({ get: keys })))).toEqual([503, "overloaded"]);
  expect(inFlight.bytes).toBe(0);
  const taken = await send("/batch", post({ get: ["a"] }));
  expect(inFlight.bytesOf("answer")).toBeGreaterThan(MIB);
  await taken.arrayBuffer();
  await until(() => inFlight.bytes === 0);
  const left = await send("/batch", post({ get: ["a"] }));
  await left.body!.cancel();
  await until(() => inFlight.bytes === 0);
});

test("a reader that takes nothing is cut when others need the room", async () => {
  const inFlight = new InFlight(4 * MIB, 1);
  const { send } = createTestApp({}, "memory", { inFlight });
  await send("/cache/a", { method: "PUT", body: noise(MIB) });
  const slow = await send("/batch", post({ get: ["a"] }));
  expect(inFlight.take("answer", "others", 2 * MIB)).toBe(true);
  expect([inFlight.cut, inFlight.bytesOf("answer")]).toEqual([1, 2 * MIB]);
  await expect(slow.arrayBuffer()).rejects.toThrow();
});

test("a body past the budget is refused while it arrives", async () => {
  const inFlight = new InFlight(MIB / 2, 1);
  const { send } = createTestApp({}, "memory", { inFlight });
  expect(await codeOf(await send("/cache/k", { method: "PUT", body: noise(MIB) }))).toEqual([
    503,
    "overloaded",
  ]);
  expect([inFlight.bytes, (await send("/cache/k")).status]).toEqual([0, 404]);
});

test("misses of a batch count against the rate, hits do not", async () => {
  const { send } = createTestApp({ rateLimit: 10 });
  await send("/cache/k", { method: "PUT", body: "v" });
  const missing = (from: number) => Array.from({ length: 20 }, (_, i) => `none${from + i}`);
  expect((await send("/batch", post({ get: missing(0) }))).status).toBe(200);
  expect(await codeOf(await send("/batch", post({ get: missing(20) })))).toEqual([429, "rate_limited"]);
  for (let i = 0; i < 20; i++) expect((await send("/batch", post({ get: ["k"] }))).status).toBe(200);
});

test("an invalidation counts each of its keys and tags", async () => {
  for (const target of [{ keys: ["a", "b", "c"] }, { tags: ["a", "b", "c"] }]) {
    const { send } = createTestApp({ rateLimit: 2 });
    expect((await send("/invalidate", post(target))).status).toBe(200);
    expect(await codeOf(await send("/invalidate", post(target)))).toEqual([429, "rate_limited"]);
  }
});

test("a compressed body is decoded, within its bound", async () => {
  const { send } = createTestApp();
  const body = gzipSync(JSON.stringify({ set: [{ key: "k", value: "v" }] }));
  const headers = { "content-encoding": "gzip" };
  expect((await send("/batch", { method: "POST", body, headers })).status).toBe(200);
  expect(await (await send("/cache/k")).text()).toBe("v");
  const bomb = gzipSync(Buffer.alloc(20 * MIB, " "));
  expect((await send("/batch", { method: "POST", body: bomb, headers })).status).toBe(413);
  const other = await send("/invalidate", {
    method: "POST",
    body: '{"all":true}',
    headers: { "content-encoding": "compress" },
  });
  expect(await codeOf(other)).toEqual([415, "unsupported_coding"]);
});

test.each([
  ["arrays without end", "[".repeat(100_000)],
  ["too many members", `{"keys":[${"{},".repeat(300_000)}{}]}`],
  ["too many numbers", `{"keys":[${"1,".repeat(300_000)}1]}`],
])("%s are refused before they are parsed", async (_, body) => {
  const { send } = createTestApp();
  expect(await codeOf(await send("/invalidate", { method: "POST", body }))).toEqual([400, "bad_json"]);
});

test("marks inside strings are none", async () => {
  const { send } = createTestApp();
  const value = `${'[{,:\\"'.repeat(60_000)}\\`;
  expect((await send("/batch", post({ set: [{ key: "k", value }] }))).status).toBe(200);
  expect(await (await send("/cache/k")).text()).toBe(value);
});

test("a batch of which L2 does not tell all says what came of each item", async () => {
  const { store } = createTestApp();
  const unavailable: WriteResult = { kind: "unavailable", retryAfterMs: 1_000 };
  const failing = new Proxy(store as Store<Ready>, {
    get(target, name) {
      if (name === "write") {
        return (key: string, draft: Parameters<Store<Ready>["write"]>[1]) =>
          key === "lost" ? unavailable : store.write(key, draft);
      }
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  const { send } = createTestApp({}, "memory", { store: failing });
  const set = [
    { key: "a", value: "1" },
    { key: "lost", value: "2" },
    { key: "b", value: "3" },
  ];
  const answer = await send("/batch", post({ set, delete: ["a", "none"] }));
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    code: "l2_unavailable",
    set: ["done", "unknown", "done"],
    delete: ["done", "not_done"],
  });
});
