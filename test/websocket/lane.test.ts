// The WebSocket lane on a real server: its operations, its errors, its invalidations; and the other two lanes beside it.

import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { NearCacheClient } from "../../src/websocket/client/near-cache.ts";
import { decodeAnswers, encodeRequest } from "../../src/websocket/client/frames.ts";
import { GET, IF_ABSENT, IF_PRESENT, PROVE, PUT, SUBPROTOCOL, UNTRACK } from "../../src/websocket/frames.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";

const SECRET = "websocket-secret";
const KEYS = `all:read+write+admin=${SECRET},shop:read+write:shop/=shop-secret,ro:read=ro-secret`;
let server: RespServer;

beforeAll(async () => {
  server = await startRespServer({ CACHEE_API_KEYS: KEYS, CACHEE_VALUE_BYTES_MAX: "1mb" });
});

afterAll(async () => {
  await server?.stop();
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) =>
  value === undefined ? undefined : new TextDecoder().decode(value);

async function open(secret = SECRET): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws`, {
    headers: { "x-api-key": secret },
    protocols: [SUBPROTOCOL],
  });
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("close", () => reject(new Error("it was closed")));
  });
  return socket;
}

const client = async (secret?: string) => new NearCacheClient(await open(secret));

/** What a property sends and gets, over a bare socket. */
async function exchange(socket: WebSocket, message: Uint8Array): Promise<Uint8Array> {
  const answer = new Promise<Uint8Array>((resolve) => {
    const listener = ({ data }: { data: unknown }) => resolve(new Uint8Array(data as ArrayBuffer));
    socket.addEventListener("message", listener, { once: true });
  });
  socket.send(message as Uint8Array<ArrayBuffer>);
  return await answer;
}

test("put, get, delete; types, times and conditions", async () => {
  const lane = await client();
  expect(await lane.put("a/é", bytes("one"), { ttlMs: 60_000, contentType: "text/plain" })).toBe(true);
  expect(await lane.put("a/é", bytes("two"), { flags: IF_PRESENT, contentType: "text/plain" })).toBe(false);
  const copy = await lane.get("a/é");
  expect(text(copy?.value)).toBe("two");
  expect(copy?.contentType).toBe("text/plain");
  await expect(lane.put("a/é", bytes("x"), { flags: IF_ABSENT })).rejects.toMatchObject({
    code: "precondition_failed",
  });
  expect(await lane.delete("a/é")).toBe(true);
  expect(await lane.delete("a/é")).toBe(false);
  expect(await lane.get("a/é")).toBeUndefined();
  lane.close();
});

test("the client chooses among the compressed variants", async () => {
  const lane = await client();
  const page = "<p>text</p>".repeat(100);
  await lane.put("page", bytes(page), { contentType: "text/html" });
  expect((await lane.get("page"))?.coding).toBe(0);
  const gzip = await lane.get("page", { codings: 4 });
  expect(gzip?.coding).toBe(2);
  expect(text(Bun.gunzipSync(gzip!.value as Uint8Array<ArrayBuffer>))).toBe(page);
  const zstd = await lane.get("page", { codings: 8 });
  expect(text(Bun.zstdDecompressSync(zstd!.value as Uint8Array<ArrayBuffer>))).toBe(page);
  lane.close();
});

test("refusals carry the contract's codes", async () => {
  const [all, shop, reader] = await Promise.all([client(), client("shop-secret"), client("ro-secret")]);
  await expect(all.get("../x")).rejects.toMatchObject({ code: "key_ambiguous" });
  await expect(all.get("a\nb")).rejects.toMatchObject({ code: "key_control_character" });
  await expect(all.get("k".repeat(513))).rejects.toMatchObject({ code: "key_too_long" });
  await expect(all.put("big", new Uint8Array(1024 * 1024 + 1))).rejects.toMatchObject({
    code: "value_too_large",
  });
  await expect(all.put("t", bytes("x"), { ttlMs: -1 })).rejects.toMatchObject({ code: "bad_ttl" });
  await expect(all.put("t", bytes("x"), { contentType: "a\nb" })).rejects.toMatchObject({
    code: "bad_header",
  });
  await expect(shop.get("other")).rejects.toMatchObject({ code: "forbidden" });
  await expect(reader.put("x", bytes("x"))).rejects.toMatchObject({ code: "forbidden" });
  expect(await shop.put("shop/x", bytes("x"))).toBe(true);
  for (const lane of [all, shop, reader]) lane.close();
});

test("no key, no connection; no WebSocket, no upgrade", async () => {
  const plain = await fetch(`${server.url}/ws`);
  expect(plain.status).toBe(401);
  const known = await fetch(`${server.url}/ws`, { headers: { "x-api-key": SECRET } });
  expect(known.status).toBe(426);
  expect(((await known.json()) as { code: string }).code).toBe("upgrade_required");
  await expect(open("nonsense")).rejects.toThrow();
  const browser = new WebSocket(`${server.url.replace("http", "ws")}/ws`, [
    SUBPROTOCOL,
    `cachee.key.${Buffer.from(SECRET).toString("base64url")}`,
  ]);
  const lane = new NearCacheClient(browser);
  await new Promise<void>((resolve) => browser.addEventListener("open", () => resolve()));
  expect(browser.protocol).toBe(SUBPROTOCOL);
  expect(await lane.get("nothing")).toBeUndefined();
  lane.close();
});

test("many requests in one message are answered in order", async () => {
  const socket = await open();
  const requests = [
    encodeRequest({ operation: PUT, id: 7, key: "m", value: bytes("v") }),
    encodeRequest({ operation: GET, id: 8, key: "m" }),
    encodeRequest({ operation: GET, id: 9, key: "none" }),
    encodeRequest({ operation: PROVE, id: 10 }),
    encodeRequest({ operation: UNTRACK, id: 11, key: "m" }),
    encodeRequest({ operation: 99, id: 12 }),
  ];
  // In one message, or in several where the time of a slice is over in the midst of them.
  const kinds: string[] = [];
  const all = new Promise<void>((resolve) => {
    socket.addEventListener("message", ({ data }: { data: unknown }) => {
      const answers = decodeAnswers(new Uint8Array(data as ArrayBuffer)) ?? [];
      kinds.push(...answers.map(({ kind }) => kind));
      if (kinds.length >= requests.length) resolve();
    });
  });
  socket.send(Buffer.concat(requests));
  await all;
  expect(kinds).toEqual(["done", "value", "miss", "proof", "done", "failed"]);
  socket.close();
});

test("messages that are none are refused, and harm nobody", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (garbage) => {
      const socket = await open();
      const closed = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()));
      const answers = decodeAnswers(await exchange(socket, garbage));
      expect(answers).toBeDefined();
      if (answers?.at(-1)?.kind === "failed" && JSON.stringify(answers.at(-1)).includes("whole number"))
        await closed;
      socket.close();
    }),
    { numRuns: 100 },
  );
  const after = await client();
  expect(await after.prove()).toBeGreaterThan(0);
  after.close();
});

test("what one lane writes the other two see at once", async () => {
  const lane = await client();
  const resp = await RespConnection.open(server.respPort, SECRET);
  const headers = { "x-api-key": SECRET };
  const url = `${server.url}/cache/shared`;
  const seen = async () => [
    text((await lane.get("shared"))?.value),
    (await resp.ask("GET", "shared")).split("\r\n")[1],
    await (await fetch(url, { headers })).text(),
  ];
  await lane.put("shared", bytes("by-websocket"));
  expect(await seen()).toEqual(["by-websocket", "by-websocket", "by-websocket"]);
  await resp.ask("SET", "shared", "by-resp");
  expect(await seen()).toEqual(["by-resp", "by-resp", "by-resp"]);
  await fetch(url, { method: "PUT", headers, body: "by-http" });
  expect(await seen()).toEqual(["by-http", "by-http", "by-http"]);
  lane.close();
  resp.close();
});

test("a value has one hash, whichever lane wrote it and whichever reads it", async () => {
  const lane = await client();
  const resp = await RespConnection.open(server.respPort, SECRET);
  const headers = { "x-api-key": SECRET };
  const urlOf = (key: string) => `${server.url}/cache/${key}`;
  const type = { "content-type": "application/octet-stream" };
  await fetch(urlOf("hashed:http"), { method: "PUT", headers: { ...headers, ...type }, body: "the same" });
  await resp.ask("SET", "hashed:resp", "the same");
  await resp.ask("SET", "hashed:other", "another");
  const overLane = async (key: string) => `"${(await lane.get(key))!.hash.toString(16).padStart(16, "0")}"`;
  const overHttp = async (key: string) => (await fetch(urlOf(key), { headers })).headers.get("etag");
  const expected = await overLane("hashed:http");
  expect(await overLane("hashed:resp")).toBe(expected);
  expect(await overHttp("hashed:resp")).toBe(expected);
  expect(await overHttp("hashed:http")).toBe(expected);
  expect(await overLane("hashed:other")).not.toBe(expected);
  for (let reads = 0; reads < 4; reads++) expect(await overHttp("hashed:resp")).toBe(expected);
  const unchanged = await fetch(urlOf("hashed:resp"), { headers: { ...headers, "if-none-match": expected } });
  expect(unchanged.status).toBe(304);
  lane.close();
  resp.close();
});

test("a client that keeps copies is told of every change, and serves none past the bound", async () => {
  let nowMs = 0;
  const keeper = new NearCacheClient(await open(), () => nowMs);
  const resp = await RespConnection.open(server.respPort, SECRET);
  const headers = { "x-api-key": SECRET };
  const read = async () => text((await keeper.get("kept", { keep: true }))?.value);
  await resp.ask("SET", "kept", "1");
  expect(await read()).toBe("1");
  expect(await read()).toBe("1");
  expect(keeper.ownHits).toBe(1);
  await resp.ask("SET", "kept", "2");
  await until(() => keeper.copies === 0);
  expect(await read()).toBe("2");
  await fetch(`${server.url}/cache/kept`, { method: "DELETE", headers });
  await until(() => keeper.copies === 0);
  await resp.ask("SET", "kept", "3");
  expect(await read()).toBe("3");
  await fetch(`${server.url}/invalidate`, { method: "POST", headers, body: '{"prefix":"ke"}' });
  await until(() => keeper.copies === 0);
  await resp.ask("SET", "kept", "4");
  expect(await read()).toBe("4");
  const own = keeper.ownHits;
  nowMs += 999;
  expect(await read()).toBe("4");
  expect(keeper.ownHits).toBe(own + 1);
  nowMs += 2;
  expect(await read()).toBe("4");
  expect(keeper.ownHits).toBe(own + 1);
  nowMs += 500;
  expect(await keeper.prove()).toBe(1_000);
  nowMs += 900;
  expect(await read()).toBe("4");
  expect(keeper.ownHits).toBe(own + 2);
  await resp.ask("FLUSHALL");
  await until(() => keeper.copies === 0);
  keeper.close();
  resp.close();
});

test("the lane is in the metrics", async () => {
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: { "x-api-key": SECRET } })).text();
  expect(metrics).toMatch(/cachee_requests_total\{lane="websocket",method="get",status="ok"\} \d/);
  expect(metrics).toMatch(/cachee_request_duration_seconds_count\{lane="websocket"\} \d/);
});

test("a write tells its version where it is asked to, and a read asks for one", async () => {
  const lane = await client();
  const headers = { "x-api-key": SECRET };
  await lane.put("versioned", bytes("1"));
  expect(lane.lastVersion).toMatch(/^[0-9a-f-]+\.\d+$/);
  const read = async (minVersion: string) => text((await lane.get("versioned", { minVersion }))?.value);
  expect(await read(lane.lastVersion)).toBe("1");
  const over = await fetch(`${server.url}/cache/versioned`, { method: "PUT", headers, body: "2" });
  expect(await read(over.headers.get("x-cache-version")!)).toBe("2");
  const before = lane.lastVersion;
  await lane.delete("versioned");
  expect(Number(lane.lastVersion.split(".")[1])).toBeGreaterThan(Number(before.split(".")[1]));
  await expect(read("no version")).rejects.toMatchObject({ code: "bad_min_version" });
  const socket = await open();
  const plain = encodeRequest({ operation: PUT, id: 1, key: "versioned", value: bytes("x") });
  expect((await exchange(socket, plain)).length).toBe(8);
  socket.close();
  lane.close();
});
