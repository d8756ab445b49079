// `bun run bench:purges [--keys N,N,…] [--tags N] [--purges N] [--rate N]`: what purging tags costs, by how many keys there are.
//
// A redis-server of its own holds N keys of one tag each. A server on it answers GETs over HTTP of random keys, most of
// which its L1 lacks, first alone and then while tags are purged at a steady rate: the p99 of both. Then some more tags
// are purged one after another with nobody reading: Redis's own account of its CPU is what a purge costs.

import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { silentLog } from "../src/base/log.ts";
import { systemTimers } from "../src/base/timers.ts";
import { createEngine } from "../src/cache/l1.ts";
import { Compressor } from "../src/record/compressor.ts";
import { createRedisTier } from "../src/redis/tier.ts";
import { SharedStore } from "../src/store/shared/shared-store.ts";
import { startCachee, type CacheeProcess } from "../test/support/cachee-process.ts";
import { until } from "../test/support/until.ts";
import { startRedis, type RedisServer } from "../test/support/redis.ts";

const FILL_AT_ONCE = 2_000;
const READERS = 4;
/** Purges that are made alone. */
const ALONE = 50;
const VALUE = new Uint8Array(100);

const { values } = parseArgs({
  options: {
    keys: { type: "string", default: "10000,200000" },
    tags: { type: "string", default: "1000" },
    purges: { type: "string", default: "500" },
    rate: { type: "string", default: "100" },
  },
});
const tags = Number(values.tags);
const purges = Number(values.purges);
const everyMs = 1_000 / Number(values.rate);
if (purges + ALONE > tags) throw new Error(`at most ${tags - ALONE} purges: each is of another tag`);

for (const text of values.keys.split(",")) await bench(Number(text));

async function bench(keys: number): Promise<void> {
  const redis = await startRedis();
  await fill(redis, keys);
  const server = await startCachee({ CACHEE_REDIS_URL: redis.url, CACHEE_LOG: "error" });
  await server.ready();
  await reading(server, keys, () => Bun.sleep(1_000));
  const alone = await reading(server, keys, () => Bun.sleep(purges * everyMs));
  let removed = 0;
  let failed = 0;
  let behindMs = 0;
  const beside = await reading(server, keys, async () => {
    const waiting: Promise<void>[] = [];
    const startMs = performance.now();
    for (let i = 0; i < purges; i++) {
      const take = (count: number | undefined) =>
        void (count === undefined ? (failed += 1) : (removed += count));
      waiting.push(purge(server, i).then(take));
      await Bun.sleep(Math.max(0, startMs + (i + 1) * everyMs - performance.now()));
    }
    const endMs = performance.now();
    await Promise.all(waiting);
    behindMs = performance.now() - endMs;
  });
  const before = await usage(redis);
  for (let i = purges; i < purges + ALONE; i++) await purge(server, i);
  const after = await usage(redis);
  const [cpuMs, commands] = [0, 1].map((i) => (after[i]! - before[i]!) / ALONE);
  console.log(
    `${keys} keys, ${tags} tags, ${(keys / tags).toFixed(0)} keys a purge: ` +
      `${cpuMs!.toFixed(2)} ms of Redis's CPU and ${commands!.toFixed(0)} commands a purge; ` +
      `${purges} purges, ${values.rate} a second, the last answered ${behindMs.toFixed(0)} ms after it was asked for, ` +
      `${removed} keys removed by then, ${failed} refused; GETs beside them p50 ${beside.p50.toFixed(2)} ms, p99 ${beside.p99.toFixed(2)} ms, ` +
      `alone p50 ${alone.p50.toFixed(2)} ms, p99 ${alone.p99.toFixed(2)} ms: p99 ${(beside.p99 / alone.p99).toFixed(2)} times`,
  );
  await server.kill();
  await redis.stop();
}

async function fill(redis: RedisServer, keys: number): Promise<void> {
  const tier = createRedisTier({ urls: [redis.url], partitions: 1, l2TimeoutMs: 10_000, log: silentLog });
  tier.start();
  const store = new SharedStore<never>({
    createEngine: (isValid) => createEngine({ bytesMax: 64 * 2 ** 20, isValid }),
    clock: systemClock,
    timers: systemTimers,
    compressor: new Compressor(),
    log: silentLog,
    origin: "bench",
    links: tier.links,
    staleMaxMs: 1_000,
    staleIfErrorMs: 0,
    l2TimeoutMs: 10_000,
  });
  store.start();
  await until(() => tier.isUp && store.shards.every((shard) => shard.isProvenOnce));
  const parts = { body: VALUE, contentType: "t", cacheControl: undefined, ttlMs: undefined };
  for (let at = 0; at < keys; at += FILL_AT_ONCE) {
    const writes = Array.from({ length: Math.min(FILL_AT_ONCE, keys - at) }, (_, i) =>
      store.write(`k${at + i}`, { ...parts, tags: [`t${(at + i) % tags}`] }),
    );
    await Promise.all(writes);
  }
  await store.close();
  await tier.close();
}

/** How many keys were removed when it was answered; `undefined`: it was refused. */
async function purge(server: CacheeProcess, tag: number): Promise<number | undefined> {
  const body = JSON.stringify({ tags: [`t${tag}`] });
  const response = await server.fetch("/invalidate", { method: "POST", body });
  const answer = (await response.json()) as { invalidated?: number };
  return answer.invalidated;
}

/** GETs keys for as long as `work` takes; how long they took, ms. */
async function reading(
  server: CacheeProcess,
  keys: number,
  work: () => Promise<unknown>,
): Promise<{ p50: number; p99: number }> {
  const samples: number[] = [];
  const state = { isOver: false };
  const readers = Array.from({ length: READERS }, async () => {
    while (!state.isOver) {
      const key = `k${Math.floor(Math.random() * keys)}`;
      const startMs = performance.now();
      await (await server.get(key)).arrayBuffer();
      samples.push(performance.now() - startMs);
      await Bun.sleep(1);
    }
  });
  await work();
  state.isOver = true;
  await Promise.all(readers);
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Ms of CPU that Redis has used, and commands that it has run. */
async function usage(redis: RedisServer): Promise<readonly [number, number]> {
  const info = await Bun.$`redis-cli -p ${redis.port} info all`.text();
  const figure = (name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1] ?? Number.NaN);
  const cpuMs = (figure("used_cpu_user") + figure("used_cpu_sys")) * 1_000;
  return [cpuMs, figure("total_commands_processed")];
}
