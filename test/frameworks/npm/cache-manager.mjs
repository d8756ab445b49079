// cache-manager with @keyv/redis behind it: wrap, several keys, expiry, clearing.
import assert from "node:assert/strict";
import KeyvRedis from "@keyv/redis";
import { createCache } from "cache-manager";
import { Keyv } from "keyv";

const cache = createCache({
  stores: [new Keyv({ store: new KeyvRedis(process.env.REDIS_URL), namespace: "cm" })],
});
let made = 0;
const make = () => cache.wrap("page", () => Promise.resolve(++made), 60_000);
assert.equal(await make(), 1);
assert.equal(await make(), 1);
await cache.mset([
  { key: "a", value: 1 },
  { key: "b", value: 2 },
]);
assert.deepEqual(await cache.mget(["a", "b", "none"]), [1, 2, undefined]);
await cache.mdel(["a", "b"]);
assert.equal(await cache.get("a"), undefined);
await cache.clear();
assert.equal(await make(), 2);
await cache.disconnect();
