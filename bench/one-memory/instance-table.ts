// What an instance holds, and what it takes, with more and more workers: the same values and the same budget. Cold.

import { readFileSync } from "node:fs";
import { startCachee, SECRET } from "../../test/support/cachee-process.ts";
import { startRedis } from "../../test/support/redis.ts";
import { noise } from "../load/value.ts";

const VALUES = 45_000;
const VALUE_BYTES = 1_000;
const BATCH = 500;
/** Requests under way at once, each on a connection of its own: the kernel gives them to all workers. */
const LANES = 8;

interface Stats {
  readonly l1: { readonly entries: number; readonly hits: number; readonly misses: number };
}

/** As `measureInstances`, with a Redis of their own for each; nothing where it is not installed. */
export async function measureWithRedis(counts: readonly number[]): Promise<string[][]> {
  const rows: string[][] = [];
  for (const workers of Bun.which("redis-server") === null ? [] : counts) {
    const redis = await startRedis();
    rows.push(await measureInstance(workers, { CACHEE_REDIS_URL: redis.url, CACHEE_L2_TIMEOUT_MS: "10000" }));
    await redis.stop();
  }
  return rows;
}

/** One row a number of workers: values readable of VALUES, hit rate of L1 when they are read, PSS of all processes. */
export async function measureInstances(counts: readonly number[]): Promise<string[][]> {
  const rows: string[][] = [];
  for (const workers of counts) rows.push(await measureInstance(workers));
  return rows;
}

async function measureInstance(workers: number, env: Record<string, string> = {}): Promise<string[]> {
  const server = await startCachee({ CACHEE_WORKERS: String(workers), CACHEE_LOG: "error", ...env });
  await server.ready();
  const batch = async (body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${server.url}/batch`, {
      method: "POST",
      headers: { "x-api-key": SECRET, connection: "close" },
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const start = performance.now();
  await inBatches((keys) =>
    batch({
      set: keys.map((i) => ({
        key: `k${i}`,
        value: Buffer.from(noise(VALUE_BYTES, i + 1)).toString("base64"),
        encoding: "base64",
      })),
    }),
  );
  const loadMs = performance.now() - start;
  const before = await statsOf(server.url);
  let readable = 0;
  await inBatches(async (keys) => {
    const { get } = (await batch({ get: keys.map((i) => `k${i}`) })) as { get: Record<string, unknown> };
    readable += Object.values(get).filter((value) => value !== null).length;
  });
  const after = await statsOf(server.url);
  const hits = after.l1.hits - before.l1.hits;
  const misses = after.l1.misses - before.l1.misses;
  const pssMb = pidsOf(server.pid).reduce((sum, pid) => sum + pssOf(pid), 0) / 1e6;
  await server.stop();
  return [
    String(workers),
    readable.toLocaleString("en"),
    `${((100 * hits) / (hits + misses)).toFixed(0)} %`,
    pssMb.toFixed(0),
    (loadMs / (VALUES / BATCH)).toFixed(1),
  ];
}

async function inBatches(run: (keys: readonly number[]) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < VALUES) {
      const first = next;
      next += BATCH;
      await run(Array.from({ length: Math.min(BATCH, VALUES - first) }, (_, i) => first + i));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function statsOf(url: string): Promise<Stats> {
  return (await (await fetch(`${url}/stats`, { headers: { "x-api-key": SECRET } })).json()) as Stats;
}

/** A process and its children. */
function pidsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...children.split(" ").filter(Boolean).map(Number)];
}

/** Memory that is the process's, shared memory divided among those that map it. */
function pssOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)![1]) * 1024;
}
