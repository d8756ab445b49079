// unstorage over its redis driver (ioredis): items, raw items, several at once, keys, expiry, clearing.
import assert from "node:assert/strict";
import { createStorage } from "unstorage";
import redisDriver from "unstorage/drivers/redis";

const storage = createStorage({ driver: redisDriver({ url: process.env.REDIS_URL, base: "us" }) });
await storage.setItem("user:1", { name: "Ada" });
assert.deepEqual(await storage.getItem("user:1"), { name: "Ada" });
await storage.setItemRaw("raw", "text");
assert.equal(await storage.getItemRaw("raw"), "text");
assert.deepEqual(
  (await storage.getItems(["user:1", "none"])).map(({ value }) => value),
  [{ name: "Ada" }, null],
);
await storage.setItem("brief", "v", { ttl: 100 });
assert.deepEqual((await storage.getKeys()).sort(), ["brief", "raw", "user:1"]);
assert.deepEqual(await storage.getKeys("user"), ["user:1"]);
assert.equal(await storage.hasItem("user:1"), true);
await storage.removeItem("user:1");
assert.equal(await storage.hasItem("user:1"), false);
await storage.clear();
assert.deepEqual(await storage.getKeys(), []);
await storage.dispose();
