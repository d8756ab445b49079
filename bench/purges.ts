// `bun run bench:purges [--keys N,N,…] [--tags N] [--purges N] [--rate N]`: what purging tags costs, by how many keys there are.
//
// A store on a redis-server of its own holds N keys of one tag each. Tags are purged at a steady rate, while others read
// from L2: their p99 beside the one without purges. Redis's CPU is its own account of it, without what the readers cost.

import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { silentLog } from "../src/base/log.ts";
import { systemTimers } from "../src/base/timers.ts";
import { createEngine } from "../src/cache/l1.ts";
import { Compressor } from "../src/record/compressor.ts";
import { createRedisTier } from "../src/redis/tier.ts";
import { SharedStore } from "../src/store/shared/shared-store.ts";
import { until } from "../test/support/until.ts";
import { startRedis, type RedisServer } from "../test/support/redis.ts";

const FILL_AT_ONCE = 2_000;
const READERS = 4;
const VALUE = new Uint8Array(100);

const { values } = parseArgs({
  options: {
    keys: { type: "string", default: "10000,200000" },
    tags: { type: "string", default: "1000" },
    purges: { type: "string", default: "200" },
    rate: { type: "string", default: "100" },
  },
});
const tags = Number(values.tags);
const purges = Number(values.purges);
const everyMs = 1_000 / Number(values.rate);

for (const text of values.keys.split(",")) await bench(Number(text));

async function bench(keys: number): Promise<void> {
  const redis = await startRedis();
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
  const write = (i: number) =>
    store.write(`k${i}`, {
      body: VALUE,
      contentType: "t",
      cacheControl: undefined,
      ttlMs: undefined,
      tags: [`t${i % tags}`],
    });
  for (let at = 0; at < keys; at += FILL_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(FILL_AT_ONCE, keys - at) }, (_, i) => write(at + i)));
  }
  const idle = await usage(redis);
  const aloneUs = await reading(store, keys, () => Bun.sleep(purges * everyMs));
  const before = await usage(redis);
  let removed = 0;
  const duringUs = await reading(store, keys, async () => {
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < purges; i++) {
      waiting.push(
        store.invalidate({ kind: "tags", tags: [`t${i % tags}`] }, "bench").then((result) => {
          removed += result.kind === "invalidated" ? result.count : 0;
          return undefined;
        }),
      );
      await Bun.sleep(everyMs);
    }
    await Promise.all(waiting);
  });
  const after = await usage(redis);
  // What the readers cost is taken off.
  const [cpuMs, commands] = [0, 1].map((i) => (after[i]! - before[i]! - (before[i]! - idle[i]!)) / purges);
  console.log(
    `${keys} keys, ${tags} tags, ${purges} purges of ${(removed / purges).toFixed(0)} keys each, ${values.rate} a second: ` +
      `${cpuMs!.toFixed(2)} ms of Redis's CPU and ${commands!.toFixed(0)} commands a purge; ` +
      `read p99 ${aloneUs.toFixed(0)} us alone, ${duringUs.toFixed(0)} us beside them`,
  );
  await store.close();
  await tier.close();
  await redis.stop();
}

/** Asks L2 for keys for as long as `work` takes; the 99th percentile, us. */
async function reading(
  store: SharedStore<never>,
  keys: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const samples: number[] = [];
  const state = { isOver: false };
  const readers = Array.from({ length: READERS }, async (_, reader) => {
    let i = reader;
    while (!state.isOver) {
      i += 7_919;
      const startMs = performance.now();
      await store.read(`k${i % keys}`, systemClock.nowMs(), { epoch: "none", n: 1 });
      samples.push(performance.now() - startMs);
      await Bun.sleep(1);
    }
  });
  await work();
  state.isOver = true;
  await Promise.all(readers);
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.floor(0.99 * (sorted.length - 1))]! * 1_000;
}

/** Ms of CPU that Redis has used, and commands that it has run. */
async function usage(redis: RedisServer): Promise<readonly [number, number]> {
  const info = await Bun.$`redis-cli -p ${redis.port} info all`.text();
  const figure = (name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1] ?? Number.NaN);
  const cpuMs = (figure("used_cpu_user") + figure("used_cpu_sys")) * 1_000;
  return [cpuMs, figure("total_commands_processed")];
}
