// Keeps copies of entries in this process, over WebSocket: the server tells when one changes, and proves the others.

import { NearCacheClient, type SocketLike } from "../src/websocket/client/near-cache.ts";
import { ask, key, url } from "./address.ts";

/** Several times within CACHEE_STALE_MAX_MS, beyond which a copy that is not proven is not served. */
const PROVE_MS = 300;

// A browser can set no header fields, so the key may come as a subprotocol.
const token = Buffer.from(key).toString("base64url");
const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, ["cachee.1", `cachee.key.${token}`]);
await new Promise((resolve, reject) => {
  socket.addEventListener("open", resolve);
  socket.addEventListener("error", () => reject(new Error("no connection")));
});
const near = new NearCacheClient(socket as SocketLike);
const proving = setInterval(() => void near.prove().catch(() => {}), PROVE_MS);

const read = async () => new TextDecoder().decode((await near.get("flag", { keep: true }))?.value);

await near.put("flag", new TextEncoder().encode("off"));
await near.prove();
for (let i = 0; i < 1_000; i++) await read();
console.log(`"${await read()}", ${near.ownHits} of 1001 reads from the own copy`);

// Somebody else changes it over HTTP. All invalidations that came before a proof have arrived with it.
await ask("/cache/flag", { method: "PUT", body: "on" });
await near.prove();
console.log(`"${await read()}"`);

clearInterval(proving);
near.close();
