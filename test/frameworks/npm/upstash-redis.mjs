// @upstash/redis: commands, a pipeline and a transaction over HTTP.
import assert from "node:assert/strict";
import { Redis } from "@upstash/redis";

const redis = new Redis({ url: process.env.HTTP_URL, token: process.env.SECRET, enableTelemetry: false });
await redis.set("up:a", { n: 1 }, { ex: 100 });
assert.deepEqual(await redis.get("up:a"), { n: 1 });
await redis.hset("up:h", { f: "v", g: 2 });
assert.deepEqual(await redis.hgetall("up:h"), { f: "v", g: 2 });
assert.deepEqual(await redis.pipeline().incr("up:n").incr("up:n").exec(), [1, 2]);
assert.deepEqual(await redis.multi().incr("up:n").sadd("up:s", "m").exec(), [3, 1]);
assert.deepEqual(await redis.smembers("up:s"), ["m"]);
const [, keys] = await redis.scan(0, { match: "up:*", count: 1000 });
assert.equal(keys.length, 4);
assert.equal(await redis.del("up:a", "up:h", "up:n", "up:s"), 4);
