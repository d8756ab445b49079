// `bun run bench:purges [--store redis|memory] [--keys N,N,…] [--tags N] [--purges N] [--rate N]`: what purging tags costs.
//
// A server, on a redis-server of its own or without one, holds N keys of one tag each. It answers GETs over HTTP of random
// keys (over Redis, most of them are not in its L1), first alone and then while tags are purged at a steady rate: the p99
// of both. Then some more tags are purged one after another with nobody reading: the CPU of Redis, by its own account,
// or of the server is what a purge costs.

import { parseArgs } from "node:util";
import { startCachee, type CacheeProcess } from "../test/support/cachee-process.ts";
import { startRedis, type RedisServer } from "../test/support/redis.ts";

const BATCH = 1_000;
const FILLERS = 2;
const READERS = 4;
/** Purges that are made alone. */
const ALONE = 50;
const VALUE = "v".repeat(100);

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "redis" },
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
  const redis = values.store === "redis" ? await startRedis() : undefined;
  const env: Record<string, string> =
    redis === undefined
      ? { CACHEE_L1_BYTES_MAX: "4gb" }
      : { CACHEE_REDIS_URL: redis.url, CACHEE_L2_TIMEOUT_MS: "10000" };
  const server = await startCachee({ ...env, CACHEE_LOG: "error" });
  await server.ready();
  await fill(server, keys);
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
  const cpuMs = () => (redis === undefined ? cpuMsOf(server) : cpuMsOfRedis(redis));
  const beforeMs = await cpuMs();
  for (let i = purges; i < purges + ALONE; i++) await purge(server, i);
  const purgeMs = ((await cpuMs()) - beforeMs) / ALONE;
  console.log(
    `${values.store}: ${keys} keys, ${tags} tags, ${(keys / tags).toFixed(0)} keys a purge: ` +
      `${purgeMs.toFixed(2)} ms of ${redis === undefined ? "the server's" : "Redis's"} CPU a purge; ` +
      `${purges} purges, ${values.rate} a second, the last answered ${behindMs.toFixed(0)} ms after it was asked for, ` +
      `${removed} keys removed by then, ${failed} refused; GETs beside them p50 ${beside.p50.toFixed(2)} ms, p99 ${beside.p99.toFixed(2)} ms, ` +
      `alone p50 ${alone.p50.toFixed(2)} ms, p99 ${alone.p99.toFixed(2)} ms: p99 ${(beside.p99 / alone.p99).toFixed(2)} times`,
  );
  await server.kill();
  await redis?.stop();
}

async function fill(server: CacheeProcess, keys: number): Promise<void> {
  let at = 0;
  const filler = async () => {
    while (at < keys) {
      const from = at;
      at += BATCH;
      const set = Array.from({ length: Math.min(BATCH, keys - from) }, (_, i) => ({
        key: `k${from + i}`,
        value: VALUE,
        tags: [`t${(from + i) % tags}`],
      }));
      const response = await server.fetch("/batch", { method: "POST", body: JSON.stringify({ set }) });
      if (!response.ok) throw new Error(`it cannot be filled: ${await response.text()}`);
      await response.body?.cancel();
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, filler));
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

/** Ms of CPU that Redis has used. */
async function cpuMsOfRedis(redis: RedisServer): Promise<number> {
  const info = await Bun.$`redis-cli -p ${redis.port} info cpu`.text();
  const figure = (name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1] ?? Number.NaN);
  return (figure("used_cpu_user") + figure("used_cpu_sys")) * 1_000;
}

/** Ms of CPU that the server has used. */
async function cpuMsOf(server: CacheeProcess): Promise<number> {
  const text = await (await server.fetch("/metrics")).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1] ?? Number.NaN) * 1_000;
}
