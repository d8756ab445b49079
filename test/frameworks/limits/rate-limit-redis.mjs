// express-rate-limit with its counters in Redis: the third request of a window is refused.
import assert from "node:assert/strict";
import { once } from "node:events";
import express from "express";
import { rateLimit } from "express-rate-limit";
import { RedisStore } from "rate-limit-redis";
import { createClient } from "redis";

const client = await createClient({ url: process.env.REDIS_URL }).connect();
const store = new RedisStore({ sendCommand: (...args) => client.sendCommand(args), prefix: "rl:" });
const app = express();
app.use(rateLimit({ windowMs: 60_000, limit: 2, store, standardHeaders: true, legacyHeaders: false }));
app.get("/", (_, response) => void response.send("ok"));
const server = app.listen(0);
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;
const statuses = [];
for (let i = 0; i < 3; i++) statuses.push((await fetch(url)).status);
assert.deepEqual(statuses, [200, 200, 429]);
const [key] = await client.keys("rl:*");
await store.resetKey(key.slice("rl:".length));
assert.equal((await fetch(url)).status, 200);
server.close();
server.closeAllConnections();
await client.close();
