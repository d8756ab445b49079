// @upstash/ratelimit over @upstash/redis: fixed and sliding windows, and a token bucket.
import assert from "node:assert/strict";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";

const redis = new Redis({ url: process.env.HTTP_URL, token: process.env.SECRET, enableTelemetry: false });
const limiters = [
  Ratelimit.fixedWindow(2, "60 s"),
  Ratelimit.slidingWindow(2, "60 s"),
  Ratelimit.tokenBucket(1, "60 s", 2),
];
for (const [i, limiter] of limiters.entries()) {
  const ratelimit = new Ratelimit({ redis, limiter, prefix: `ur${i}`, ephemeralCache: false });
  const allowed = [];
  for (let n = 0; n < 3; n++) allowed.push((await ratelimit.limit("u")).success);
  assert.deepEqual(allowed, [true, true, false]);
}
