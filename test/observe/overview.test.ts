// What an instance remembers of itself: its last events and the last hour, in bounded memory, of all its workers.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { EVENT_CHARS_MAX, EVENTS_MAX, HISTORY_POINTS_MAX } from "../../src/base/limits.ts";
import { silentLog } from "../../src/base/log.ts";
import { History } from "../../src/dashboard/history.ts";
import { EventRing, toldLog, type InstanceEvent } from "../../src/observe/events.ts";
import { snapshotOf } from "../../src/observe/snapshot.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { sourcesOf } from "../support/sources.ts";
import { until } from "../support/until.ts";

const KEYS = "all:read+write+admin=test-secret,ro:read=reader-secret";
const started: CacheeProcess[] = [];
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  for (const server of started) await server.kill();
  await redis.stop();
});

async function start(workers: number, settings: Record<string, string> = {}): Promise<CacheeProcess> {
  const own = { CACHEE_WORKERS: String(workers), CACHEE_API_KEYS: KEYS };
  const server = await startCachee({ ...own, ...settings });
  started.push(server);
  await server.ready();
  return server;
}

const APART = { headers: { connection: "close" } };

async function json<T>(server: CacheeProcess, path: string): Promise<T> {
  const response = await server.fetch(path, APART);
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

const eventsOf = async (server: CacheeProcess) =>
  (await json<{ events: readonly InstanceEvent[] }>(server, "/admin/events")).events;

test.each([1, 2])("with %p processes, the last hour and the last events are told", async (workers) => {
  const server = await start(workers);
  await until(async () => {
    const { points } = await json<{ points: readonly { level: { processes: object } }[] }>(
      server,
      "/stats/history",
    );
    return points.length > 0 && points[0]!.level.processes !== undefined;
  });
  expect(await eventsOf(server)).toBeArray();
  for (const [path, status] of [
    ["/stats/history", 200],
    ["/admin/events", 403],
  ] as const)
    expect((await fetch(server.url + path, { headers: { "x-api-key": "reader-secret" } })).status).toBe(
      status,
    );
});

test("a worker's death is an event, and what its successor says has its number", async () => {
  const server = await start(2, { CACHEE_REDIS_URL: redis.url });
  const [pid] = (await Bun.$`pgrep -P ${server.pid}`.text()).trim().split("\n").map(Number);
  process.kill(pid!, "SIGKILL");
  // A connection that the dead worker had not taken yet is reset.
  const hasCrash = async () => (await eventsOf(server)).some(({ event }) => event === "worker_crashed");
  await until(() => hasCrash().catch(() => false));
  const crash = (await eventsOf(server)).find(({ event }) => event === "worker_crashed")!;
  expect(crash).toMatchObject({ level: "error", count: 1, fields: { how: "SIGKILL" } });
  await until(async () =>
    (await eventsOf(server)).some(
      ({ event, fields, atMs }) =>
        event === "coherence_proven" && fields["worker"] === crash.fields["worker"] && atMs >= crash.atMs,
    ),
  );
});

test("events are bounded, alike ones are one, and long texts and stacks stay in the log", () => {
  const ring = new EventRing();
  const log = toldLog(
    silentLog,
    () => 5,
    (event) => ring.add(event),
  );
  for (let i = 0; i < 3 * EVENTS_MAX; i++) log.info("numbered", { i });
  for (let i = 0; i < 1_000; i++) log.warn("down", { reason: "x".repeat(1_000), stack: "at" });
  log.debug("nothing");
  for (let i = 0; i < 50; i++) {
    log.error("a", { i: 1 });
    log.error("b");
  }
  const events = ring.recent();
  expect(events.length).toBe(EVENTS_MAX);
  expect(events.slice(0, 2).map(({ event, count }) => [event, count])).toEqual([
    ["b", 50],
    ["a", 50],
  ]);
  expect(events[2]).toEqual({
    atMs: 5,
    level: "warn",
    event: "down",
    fields: { reason: "x".repeat(EVENT_CHARS_MAX) },
    count: 1_000,
  });
  expect(events[3]!.fields).toEqual({ i: 3 * EVENTS_MAX - 1 });
});

test("the history is bounded, and each point is what happened since the one before", () => {
  const history = new History();
  const traffic = new Traffic({ nowNs: () => 0 });
  for (let i = 0; i < HISTORY_POINTS_MAX + 10; i++) {
    traffic.coldDone("GET", 503, 0);
    history.add(snapshotOf(sourcesOf({ traffic, wallMs: () => 10_000 * i })));
  }
  const points = history.points();
  expect(points.length).toBe(HISTORY_POINTS_MAX);
  expect(points.at(-1)).toMatchObject({ change: { statuses: { "503": 0.1 } }, level: { l2: "off" } });
  expect(points.at(-1)).not.toHaveProperty("stats");
  // An hour of it, as it goes out.
  expect(JSON.stringify(points).length).toBeLessThan(600_000);
});
