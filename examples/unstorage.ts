// unstorage over Cachee: items below a mount, listed, described and cleared. An application imports `cachee/unstorage`.

import { createStorage, prefixStorage } from "unstorage";
import { cacheeDriver } from "../src/client/adapters/unstorage.ts";
import { key, url } from "./address.ts";

const storage = createStorage({ driver: cacheeDriver({ url, apiKey: key, prefix: "example/" }) });
const users = prefixStorage<{ name: string }>(storage, "users");

await users.setItem("7", { name: "Ada" });
await users.setItem("8", { name: "Grace" }, { ttl: 60 });
console.log((await users.getItem("7"))?.name, await users.hasItem("9"));
console.log((await users.getKeys()).sort().join(" "));
await users.removeItem("7");
console.log(JSON.stringify(await storage.getItems(["users:7", "users:8"])));
await storage.clear();
console.log((await storage.getKeys()).length);
await storage.dispose();
