// redlock over ioredis: one holder at a time, extension, release by the holder alone.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import Redlock from "redlock";

const client = new Redis(process.env.REDIS_URL);
const redlock = new Redlock([client], { retryCount: 0 });
const lock = await redlock.lock("lock:a", 10_000);
await assert.rejects(redlock.lock("lock:a", 10_000));
await lock.extend(20_000);
assert.ok((await client.pttl("lock:a")) > 10_000);
await lock.unlock();
const next = await redlock.lock("lock:a", 10_000);
await assert.rejects(lock.unlock());
await next.unlock();
client.disconnect();
