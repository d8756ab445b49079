// @fastify/rate-limit with its counters in Redis.
import assert from "node:assert/strict";
import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import { Redis } from "ioredis";

const client = new Redis(process.env.REDIS_URL);
const app = Fastify();
await app.register(rateLimit, { max: 2, timeWindow: 60_000, redis: client });
app.get("/", () => "ok");
const statuses = [];
for (let i = 0; i < 3; i++) statuses.push((await app.inject("/")).statusCode);
assert.deepEqual(statuses, [200, 200, 429]);
await app.close();
client.disconnect();
