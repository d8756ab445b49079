// The handlers for Next, called as Next calls them: entries, streams, tags with their times, and a cache that is away.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { incrementalCacheHandler, useCacheHandler } from "../../src/client/adapters/next.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let server: RunningServer;
beforeAll(async () => void (server = await startServer()));
afterAll(async () => void (await server.stop()));

const options = () => ({ url: server.url, apiKey: server.key });
const entry = (text: string, tags: string[], timestamp = Date.now()) => ({
  value: new Response(text).body!,
  tags,
  stale: 60,
  timestamp,
  expire: 0xff_ff_ff_fe,
  revalidate: 900,
});
/** Times are whole ms: what comes later has to be later. */
const tick = async () => {
  const nowMs = Date.now();
  await until(() => Date.now() > nowMs);
};

test("use cache: what one server stores another reads, each time as a new stream", async () => {
  const [one, other] = [useCacheHandler(options()), useCacheHandler(options())];
  const key = JSON.stringify(["build", "function", "x".repeat(1_000)]);
  expect(await one.get(key, [])).toBeUndefined();
  const made = entry("value", ["products"]);
  const setting = one.set(key, Promise.resolve(made));
  expect(await new Response((await one.get(key, []))!.value).text()).toBe("value");
  await setting;
  for (let i = 0; i < 2; i++) {
    const { value, ...rest } = (await other.get(key, []))!;
    expect(await new Response(value).text()).toBe("value");
    expect(rest).toEqual({
      tags: ["products"],
      stale: 60,
      timestamp: made.timestamp,
      expire: made.expire,
      revalidate: 900,
    });
  }
});

test("use cache: tags expire at once, or grow stale and expire later, on every server", async () => {
  const [one, other] = [useCacheHandler(options()), useCacheHandler(options())];
  const long = `long tag, ${"x".repeat(200)}`;
  for (const tag of ["short", long]) {
    await one.set(`key ${tag}`, Promise.resolve(entry("value", [tag])));
    expect(await other.getExpiration([tag])).toBe(0);
    await tick();
    const beforeMs = Date.now();
    await other.updateTags([tag]);
    expect(await one.get(`key ${tag}`, [])).toBeUndefined();
    expect(await one.getExpiration(["none", tag])).toBeGreaterThanOrEqual(beforeMs);
    await tick();
    await one.set(`key ${tag}`, Promise.resolve(entry("newer", [tag])));
    await tick();
    await other.updateTags([tag], { expire: 3_600 });
    expect(await one.get(`key ${tag}`, [])).toMatchObject({ revalidate: -1 });
    await other.updateTags([tag], { expire: 0 });
    expect(await one.get(`key ${tag}`, [])).toBeUndefined();
  }
  await one.set("soft", Promise.resolve(entry("value", [])));
  await tick();
  await other.updateTags(["_N_T_/page"]);
  expect(await one.get("soft", ["_N_T_/page"])).toBeUndefined();
  expect(await one.get("soft", ["_N_T_/other"])).toBeDefined();
});

test("use cache: an entry whose making fails, or that lasts no time, is not stored", async () => {
  const handler = useCacheHandler(options());
  const failing = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("the source is away")),
  });
  await handler.set("fails", Promise.resolve({ ...entry("", []), value: failing }));
  await handler.set("rejects", Promise.reject(new Error("no")));
  await handler.set("dynamic", Promise.resolve({ ...entry("x", []), expire: 0 }));
  for (const key of ["fails", "rejects", "dynamic"]) expect(await handler.get(key, [])).toBeUndefined();
});

test("without a cache Next goes on, but for invalidations", async () => {
  const codes: string[] = [];
  const away = { url: "http://127.0.0.1:1", apiKey: "none", retries: 0 };
  const handler = useCacheHandler({ ...away, onError: ({ code }) => codes.push(code) });
  expect(await handler.get("key", [])).toBeUndefined();
  await handler.set("key", Promise.resolve(entry("x", [])));
  expect(await handler.getExpiration(["tag"])).toBeGreaterThan(0);
  expect(codes).toEqual(["unreachable", "unreachable", "unreachable"]);
  expect(handler.updateTags(["tag"])).rejects.toMatchObject({ code: "unreachable" });
});

test("cacheHandler: pages with their bytes and maps, fetches, and tags", async () => {
  const Handler = incrementalCacheHandler(options());
  const [one, other] = [new Handler(), new Handler()];
  const page = {
    kind: "APP_PAGE",
    html: "<p>",
    rscData: Buffer.from([0, 255]),
    headers: { "x-next-cache-tags": "posts,_N_T_/blog" },
    segmentData: new Map([["/_tree", Buffer.from("segment")]]),
  };
  const cacheControl = { revalidate: 60, expire: 3_600 };
  await one.set("/blog", page, { cacheControl });
  const found = (await other.get("/blog"))!;
  expect(found.value).toEqual(page);
  expect(Buffer.isBuffer((found.value as typeof page).rscData)).toBeTrue();
  expect(found.cacheControl).toEqual(cacheControl);
  await tick();
  await other.revalidateTag("posts");
  expect(await one.get("/blog")).toBeNull();
  const fetched = { kind: "FETCH", data: { headers: {}, body: "e30=", url: "u" }, revalidate: 60 };
  await one.set("fetch", fetched, { tags: ["api"] });
  expect((await other.get("fetch", { tags: ["api"], softTags: ["s"] }))?.value).toEqual(fetched);
  await tick();
  await other.revalidateTag(["s"]);
  expect(await one.get("fetch", { tags: ["api"], softTags: ["s"] })).toBeNull();
  await one.set("/blog", null);
  one.resetRequestCache();
});
