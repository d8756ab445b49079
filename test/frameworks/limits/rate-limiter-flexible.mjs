// rate-limiter-flexible over ioredis: points are consumed, refused, given back.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

const client = new Redis(process.env.REDIS_URL);
const limiter = new RateLimiterRedis({ storeClient: client, points: 2, duration: 60, keyPrefix: "rlf" });
assert.equal((await limiter.consume("u")).remainingPoints, 1);
assert.equal((await limiter.consume("u")).remainingPoints, 0);
const refused = await limiter.consume("u").then(
  () => undefined,
  (reason) => reason,
);
assert.ok(refused.msBeforeNext > 50_000);
assert.equal((await limiter.get("u")).consumedPoints, 3);
await limiter.reward("u", 2);
await limiter.block("u", 10);
await limiter.delete("u");
assert.equal(await limiter.get("u"), null);
client.disconnect();
