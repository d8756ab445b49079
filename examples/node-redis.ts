// The npm package `redis` as a client: the same entries as over HTTP, in Redis's protocol.

import { createClient } from "redis";
import { key, respPort } from "./address.ts";

const client = createClient({ socket: { host: "127.0.0.1", port: respPort }, password: key });
client.on("error", (error: Error) => console.error(error.message));
await client.connect();

await client.set("greeting", "hello", { expiration: { type: "EX", value: 60 } });
console.log(await client.get("greeting"));

// Counters are atomic over all instances.
await client.del("visits");
await Promise.all(Array.from({ length: 50 }, () => client.incr("visits")));
console.log(await client.get("visits"));

console.log(await client.mGet(["greeting", "nothing"]));
await client.close();
