// Keyv over @keyv/redis: values, expiry, several keys at once, namespaces, iteration, clearing.
import assert from "node:assert/strict";
import KeyvRedis, { Keyv } from "@keyv/redis";
import { until } from "../until.mjs";

const store = new KeyvRedis(process.env.REDIS_URL);
const keyv = new Keyv({ store, namespace: "kv" });
assert.equal(await keyv.set("a", { n: 1 }), true);
assert.deepEqual(await keyv.get("a"), { n: 1 });
assert.equal(await keyv.has("a"), true);
await keyv.set("short", 1, 5);
await until(async () => (await keyv.get("short")) === undefined);
await keyv.setMany([
  { key: "b", value: 2 },
  { key: "c", value: 3, ttl: 100_000 },
]);
assert.deepEqual(await keyv.getMany(["b", "c", "none"]), [2, 3, undefined]);
const names = [];
for await (const [key] of keyv.iterator("kv")) names.push(key);
assert.deepEqual(names.sort(), ["a", "b", "c"]);
const deleted = await keyv.deleteMany(["b", "c", "none"]);
assert.ok(deleted);
assert.equal(await keyv.has("b"), false);
const other = new Keyv({ store: new KeyvRedis(process.env.REDIS_URL), namespace: "other" });
await other.set("a", "kept");
await keyv.clear();
assert.equal(await keyv.get("a"), undefined);
assert.equal(await other.get("a"), "kept");
await keyv.disconnect();
await other.disconnect();
