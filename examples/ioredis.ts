// The npm package `ioredis` as a client: pipelines, and a lock by SET NX with an expiry.

import { Redis } from "ioredis";
import { key, respPort } from "./address.ts";

const client = new Redis({ host: "127.0.0.1", port: respPort, password: key });

const answers = await client.pipeline().set("a", "1").set("b", "2").mget("a", "b").exec();
console.log(answers?.at(-1)?.[1]);

await client.del("lock");
const tries = await Promise.all(
  ["one", "two", "three"].map((who) => client.set("lock", who, "PX", 5_000, "NX")),
);
console.log(`${tries.filter((answer) => answer === "OK").length} of ${tries.length} has the lock`);

client.disconnect();
