// The Redis handler of a package for Next.js's cache, as Next.js calls it: pages, tags, revalidation.
import assert from "node:assert/strict";

const name = process.argv[2];
// The older package asks for redis 4 by that name.
const redis = await import(name.startsWith("@neshca") ? "redis-4" : "redis");
if (name.startsWith("@neshca")) {
  Bun.plugin({
    name: "redis-4",
    setup: (build) => void build.module("redis", () => ({ exports: redis, loader: "object" })),
  });
}
const { createClient } = redis;
const { default: createHandler } = await import(`${name}/redis-strings`);
const client = await createClient({ url: process.env.REDIS_URL }).connect();
const handler = await createHandler({
  client,
  keyPrefix: `${name.replace(/\W/g, "")}:`,
  sharedTagsKey: "__tags__",
  sharedTagsTtlKey: "__ttls__",
  timeoutMs: 5_000,
});
const value = (text, tags) => ({
  value: { kind: "FETCH", data: { body: text, headers: {}, url: "u" }, revalidate: 100, tags },
  lastModified: Date.now(),
  tags,
  lifespan: {
    expireAge: 200,
    expireAt: Math.floor(Date.now() / 1000) + 200,
    lastModifiedAt: Math.floor(Date.now() / 1000),
    revalidate: 100,
    staleAge: 100,
    staleAt: Math.floor(Date.now() / 1000) + 100,
  },
});
await handler.set("/page", value("page", ["news", "_N_T_/page"]));
await handler.set("/other", value("other", ["shop"]));
const get = async (key) => (await handler.get(key, { implicitTags: [] }))?.value.data.body;
assert.equal(await get("/page"), "page");
await handler.revalidateTag("news");
assert.equal(await get("/page"), undefined);
assert.equal(await get("/other"), "other");
await handler.set("/other", value("again", ["shop"]));
assert.equal(await get("/other"), "again");
assert.equal(await get("/never"), undefined);
await (client.close ?? client.quit).call(client);
