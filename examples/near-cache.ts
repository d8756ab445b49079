// Keeps copies of entries in this process: the server tells over WebSocket when one changes, and proves the others.

import { CacheeClient } from "../src/client/client.ts";
import { ask, key, url } from "./address.ts";

const near = new CacheeClient({ url, apiKey: key, nearCache: { bytesMax: 2 ** 20 } });

await near.set("flag", "off");
// Until the connection is there all goes by fetch, and nothing is kept.
while (near.nearCache!.bytes === 0) await near.get("flag");

const before = near.nearCache!.hits;
for (let i = 0; i < 1_000; i++) await near.get("flag");
console.log(
  `"${await near.get("flag")}", ${near.nearCache!.hits - before > 900 ? "read here" : "asked for"}`,
);

// Somebody else changes it over HTTP; what was kept goes as soon as the message arrives.
await ask("/cache/flag", { method: "PUT", body: "on", headers: { "content-type": "text/plain" } });
while ((await near.get("flag")) === "off");
console.log(`"${await near.get("flag")}"`);

near.close();
