// `bun run bench:coherence`: what the shared tier costs beside plain Redis, and how soon a write is everywhere.
//
// Everything is on one machine with a redis-server of its own; rivals take turns in one run, so they share its noise.

import { createClient, RESP_TYPES } from "redis";
import { systemClock } from "../src/base/clock.ts";
import { silentLog } from "../src/base/log.ts";
import { systemTimers } from "../src/base/timers.ts";
import { createEngine } from "../src/cache/l1.ts";
import { Compressor } from "../src/record/compressor.ts";
import { createRedisTier } from "../src/redis/tier.ts";
import { SharedStore } from "../src/store/shared/shared-store.ts";
import type { Draft } from "../src/store/store.ts";
import { startCachee, type CacheeProcess } from "../test/support/cachee-process.ts";
import { until } from "../test/support/until.ts";
import { startRedis, type RedisServer } from "../test/support/redis.ts";

const ROUNDS = 4_000;
const BATCH_ROUNDS = 60;
const BATCH_KEYS = 1_000;
const PROPAGATIONS = 3_000;
const HTTP_PROPAGATIONS = 1_000;
const HITS = 1_500;
const RECOVERIES = 5;
const VALUE = crypto.getRandomValues(new Uint8Array(1_024));

const draft = (): Draft => ({
  body: VALUE.slice(),
  // Not compressed: what compressing costs is not what is asked here.
  contentType: "image/jpeg",
  cacheControl: undefined,
  ttlMs: undefined,
  tags: [],
});

function quantiles(samples: readonly number[]): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (q: number) => (sorted[Math.floor(q * (sorted.length - 1))]! * 1_000).toFixed(0);
  return `p50 ${at(0.5)} us, p90 ${at(0.9)} us, p99 ${at(0.99)} us`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Runs each of `rivals` in turn, `rounds` times over, and prints their quantiles beside one another. */
async function paired(
  title: string,
  rounds: number,
  rivals: Record<string, (i: number) => Promise<unknown>>,
) {
  const samples = new Map(Object.keys(rivals).map((name) => [name, [] as number[]]));
  for (let i = 0; i < rounds; i++) {
    for (const [name, rival] of Object.entries(rivals)) {
      const elapsedMs = await timed(() => rival(i));
      if (i >= rounds / 10) samples.get(name)!.push(elapsedMs);
    }
  }
  console.log(title);
  for (const [name, of] of samples) console.log(`  ${name.padEnd(34)}${quantiles(of)}`);
}

async function openStore(url: string, origin: string) {
  const tier = createRedisTier({ urls: [url], partitions: 1, l2TimeoutMs: 2_000, log: silentLog });
  const store = new SharedStore<never>({
    createEngine: (validation) =>
      createEngine<never>({ policy: "adaptive", bytesMax: 256 * 1024 * 1024, ...validation }),
    clock: systemClock,
    timers: systemTimers,
    compressor: new Compressor(),
    log: silentLog,
    origin,
    siblings: undefined,
    links: tier.links,
    staleMaxMs: 1_000,
    staleIfErrorMs: 0,
    l2TimeoutMs: 2_000,
  });
  tier.start();
  store.start();
  await until(() => tier.isUp && store.isFresh(systemClock.nowMs()));
  return { store, close: () => Promise.all([store.close(), tier.close()]) };
}

type Opened = Awaited<ReturnType<typeof openStore>>;

async function compareWithRedis(url: string, { store }: Opened): Promise<void> {
  const client = createClient({ url, commandOptions: { timeout: 0 } }).withTypeMapping({
    [RESP_TYPES.BLOB_STRING]: Buffer,
  });
  await client.connect();
  const value = Buffer.from(VALUE);
  await client.set("plain", value);
  await store.write("one", draft());
  const forget = (key: string) => store.engine.delete(key, systemClock.nowMs());
  await paired("a read of 1 KiB that L1 lacks", ROUNDS, {
    "node-redis GET": () => client.get("plain"),
    "store.read, from L2": async () => {
      forget("one");
      await store.read("one", systemClock.nowMs());
    },
  });
  await paired("a write of 1 KiB", ROUNDS, {
    "node-redis SET": () => client.set("plain", value),
    "store.write": () => store.write("one", draft()),
  });
  const keys = Array.from({ length: BATCH_KEYS }, (_, i) => `batch/${i}`);
  await Promise.all(keys.flatMap((key) => [client.set(key, value), store.write(key, draft())]));
  const operations = keys.map((key) => ({ kind: "get" as const, key }));
  await paired(`${BATCH_KEYS} keys of 1 KiB that L1 lacks`, BATCH_ROUNDS, {
    "node-redis GETs, pipelined": () => Promise.all(keys.map((key) => client.get(key))),
    "store.batch, from L2": async () => {
      for (const key of keys) forget(key);
      const results = await store.batch(operations);
      if (results.some(({ kind }) => kind !== "found")) throw new Error("the batch missed");
    },
  });
  client.destroy();
}

/** From a write's acknowledgement on one store to the moment that the last of the others has dropped the old value. */
async function propagate(writer: Opened, others: readonly Opened[]): Promise<void> {
  const samples: number[] = [];
  for (let i = 0; i < PROPAGATIONS; i++) {
    for (const { store } of others) await store.read("spread", systemClock.nowMs());
    const written = await writer.store.write("spread", draft());
    const ackedMs = performance.now();
    if (written.kind !== "written") throw new Error(written.kind);
    const { n } = written.version;
    const isOld = ({ store }: Opened) => (store.engine.peek("spread", systemClock.nowMs())?.version ?? n) < n;
    while (others.some(isOld)) await new Promise((resolve) => setImmediate(resolve));
    samples.push(performance.now() - ackedMs);
  }
  console.log(`acknowledged to evicted by the last of ${others.length}, in one process`);
  console.log(`  ${"".padEnd(34)}${quantiles(samples)}`);
}

/** The same between processes, seen over HTTP: an upper bound, with the last reader's whole request in it. */
async function propagateOverHttp(servers: readonly CacheeProcess[]): Promise<void> {
  const [writer, ...others] = servers as [CacheeProcess, ...CacheeProcess[]];
  const samples: number[] = [];
  const becomes = async (server: CacheeProcess, value: string) => {
    while ((await (await server.get("spread")).text()) !== value);
  };
  for (let i = 0; i < HTTP_PROPAGATIONS; i++) {
    await (await writer.put("spread", `v${i}`)).text();
    const ackedMs = performance.now();
    await Promise.all(others.map((server) => becomes(server, `v${i}`)));
    samples.push(performance.now() - ackedMs);
  }
  console.log(`acknowledged to the new value got by HTTP from the last of ${others.length} other processes`);
  console.log(`  ${"".padEnd(34)}${quantiles(samples)}`);
}

/** Hits of one server, one after another: undisturbed, and while Redis is stopped. */
async function hitsWhileHung(redis: RedisServer): Promise<void> {
  const env = { CACHEE_REDIS_URL: redis.url, CACHEE_LOG: "silent", CACHEE_STALE_MAX_MS: "5000" };
  const server = await startCachee(env);
  await server.ready();
  await (await server.put("hit", "x")).text();
  const sample = async () => {
    const samples: number[] = [];
    for (let i = 0; i < HITS; i++) samples.push(await timed(async () => (await server.get("hit")).text()));
    return quantiles(samples);
  };
  await sample();
  console.log("hits over HTTP, one after another");
  console.log(`  ${"Redis up".padEnd(34)}${await sample()}`);
  redis.signal("SIGSTOP");
  console.log(`  ${"Redis stopped".padEnd(34)}${await sample()}`);
  redis.signal("SIGCONT");
  await server.stop();
}

/** From Redis listening again, or going on, to the first write that succeeds. */
async function recover(redis: RedisServer): Promise<void> {
  const server = await startCachee({ CACHEE_REDIS_URL: redis.url, CACHEE_LOG: "silent" });
  await server.ready();
  const writes = async () => {
    const response = await server.put("recovered", "x");
    await response.text();
    return response.status < 300;
  };
  const killed: number[] = [];
  const stopped: number[] = [];
  for (let i = 0; i < RECOVERIES; i++) {
    await redis.kill();
    await until(async () => !(await writes()));
    await Bun.sleep(1_500);
    await redis.restart();
    killed.push(await timed(() => until(writes)));
    redis.signal("SIGSTOP");
    await until(async () => !(await writes()));
    await Bun.sleep(1_500);
    redis.signal("SIGCONT");
    stopped.push(await timed(() => until(writes)));
  }
  const most = (samples: readonly number[]) => `at most ${Math.max(...samples).toFixed(0)} ms`;
  console.log(`from Redis being back to the first write, ${RECOVERIES} times`);
  console.log(`  ${"killed and restarted".padEnd(34)}${most(killed)}`);
  console.log(`  ${"stopped and continued".padEnd(34)}${most(stopped)}`);
  await server.stop();
}

const redis = await startRedis();
try {
  const opened = await Promise.all(["a", "b", "c"].map((origin) => openStore(redis.url, origin)));
  const [writer, ...others] = opened as [Opened, ...Opened[]];
  await compareWithRedis(redis.url, writer);
  await propagate(writer, others);
  await Promise.all(opened.map(({ close }) => close()));
  const env = { CACHEE_REDIS_URL: redis.url, CACHEE_LOG: "silent" };
  const servers = await Promise.all([startCachee(env), startCachee(env), startCachee(env)]);
  await Promise.all(servers.map((server) => server.ready()));
  await propagateOverHttp(servers);
  await Promise.all(servers.map((server) => server.stop()));
  await hitsWhileHung(redis);
  await recover(redis);
} finally {
  await redis.stop();
}
