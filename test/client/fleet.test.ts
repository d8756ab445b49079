// One maker in a fleet: 1,000 callers in four processes, two instances and one Redis.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { SECRET, startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";

const PROGRAM = join(import.meta.dir, "fleet-callers.ts");
const PROCESSES = [0, 1, 2, 3];
const CALLERS_A_PROCESS = 250;
const CALLERS = PROCESSES.length * CALLERS_A_PROCESS;
/** How long a lease lasts that nobody gives back, ms. */
const LEASE_MS = 10_000;

interface Fill {
  readonly fillMs: number;
  /** So many first runs of the slow function throw, in each process. */
  readonly failures: number;
}

interface Outcome {
  readonly fills: number;
  readonly failed: number;
  readonly made: number;
}

let redis: RedisServer;
let instances: readonly CacheeProcess[];

beforeAll(async () => {
  redis = await startRedis();
  const env = { CACHEE_REDIS_URL: redis.url };
  instances = await Promise.all([startCachee(env), startCachee(env)]);
  await Promise.all(instances.map((instance) => instance.ready()));
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await redis.stop();
});

/** A process of callers at one of the instances. */
async function callers(place: number, key: string, { fillMs, failures }: Fill): Promise<Outcome> {
  const { url } = instances[place % instances.length]!;
  const given = [url, SECRET, key, CALLERS_A_PROCESS, fillMs, failures].map(String);
  const child = Bun.spawn([...BUN_COMMAND, PROGRAM, ...given], { stdio: ["ignore", "pipe", "inherit"] });
  const out = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return JSON.parse(out) as Outcome;
}

const sum = (outcomes: readonly Outcome[], what: keyof Outcome) =>
  outcomes.reduce((total, outcome) => total + outcome[what], 0);

test("of 1,000 callers in four processes, at two instances, one runs the slow function", async () => {
  const outcomes = await Promise.all(
    PROCESSES.map((place) => callers(place, "fleet/once", { fillMs: 1_500, failures: 0 })),
  );
  expect(sum(outcomes, "made")).toBe(CALLERS);
  expect(sum(outcomes, "fills")).toBe(1);
});

test("a slow function that fails hands its turn to the next process at once", async () => {
  const key = "fleet/fails";
  const startMs = performance.now();
  const outcomes = await Promise.all(
    PROCESSES.map((place) => callers(place, key, { fillMs: 100, failures: 1 })),
  );
  expect(sum(outcomes, "fills")).toBe(PROCESSES.length);
  expect(sum(outcomes, "failed")).toBe(CALLERS);
  const next = await callers(0, key, { fillMs: 0, failures: 0 });
  expect(next).toEqual({ fills: 1, failed: 0, made: CALLERS_A_PROCESS });
  // A lease that was not given back would have held up the next process until it ran out.
  expect(performance.now() - startMs).toBeLessThan(LEASE_MS / 2);
});
