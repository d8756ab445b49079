// redis-semaphore: a mutex that is taken, refused to another, and released.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { Mutex } from "redis-semaphore";

const client = new Redis(process.env.REDIS_URL);
const options = { acquireTimeout: 100, retryInterval: 10, lockTimeout: 10_000 };
const [a, b] = [new Mutex(client, "res", options), new Mutex(client, "res", options)];
await a.acquire();
assert.equal(await b.tryAcquire(), false);
await a.release();
assert.equal(await b.tryAcquire(), true);
await b.release();
client.disconnect();
