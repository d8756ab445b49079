// unstorage over its http driver: items are entries under /cache/.
import assert from "node:assert/strict";
import { createStorage } from "unstorage";
import httpDriver from "unstorage/drivers/http";

const { HTTP_URL, SECRET } = process.env;
const storage = createStorage({
  driver: httpDriver({ base: `${HTTP_URL}/cache/`, headers: { authorization: `Bearer ${SECRET}` } }),
});
await storage.setItem("uh:user", { name: "Ada" });
assert.deepEqual(await storage.getItem("uh:user"), { name: "Ada" });
assert.equal(await storage.hasItem("uh:user"), true);
assert.equal(await storage.getItem("uh:none"), null);
await storage.setItem("uh:brief", "v", { ttl: 100 });
const bytes = new Uint8Array([0, 255, 128]);
await storage.setItemRaw("uh:raw", bytes);
assert.deepEqual(new Uint8Array(await storage.getItemRaw("uh:raw")), bytes);
await storage.removeItem("uh:user");
assert.equal(await storage.hasItem("uh:user"), false);
