// What an instance of several workers shows beside one of a single process, over all lanes; and after a worker's death.

import { afterAll, expect, test } from "bun:test";
import { NearCacheClient } from "../../src/websocket/client/near-cache.ts";
import { SUBPROTOCOL } from "../../src/websocket/frames.ts";
import { checkExposition, type Family } from "../support/exposition.ts";
import { startCachee, SECRET, type CacheeProcess } from "../support/cachee-process.ts";
import { freePort } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { until } from "../support/until.ts";

/** Connections of each lane: with two workers both have some of them, but for once in 2^7 runs. */
const CONNECTIONS = 8;
const TYPES = { headers: { connection: "close" } };

interface LaneStats {
  readonly connections: number;
  readonly reads: Readonly<Record<string, number>>;
}
interface Stats {
  readonly lanes: Readonly<Record<"resp" | "websocket", LaneStats>>;
  readonly latency: Readonly<Record<string, { readonly count: number }>>;
  readonly l1: { readonly hits: number };
}

const started: CacheeProcess[] = [];

afterAll(async () => {
  for (const server of started) await server.kill();
});

async function start(workers: number): Promise<{ server: CacheeProcess; respPort: number }> {
  const respPort = await freePort();
  const server = await startCachee({
    CACHEE_WORKERS: String(workers),
    CACHEE_RESP_PORT: String(respPort),
    CACHEE_LOG: "error",
  });
  started.push(server);
  await server.ready();
  return { server, respPort };
}

async function openWebsocket(url: string): Promise<NearCacheClient> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, {
    headers: { "x-api-key": SECRET },
    protocols: [SUBPROTOCOL],
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("close", () => reject(new Error("it was closed")));
  });
  return new NearCacheClient(socket);
}

/** On each connection of each lane: a write and a read of its own key. The lanes' connections stay open. */
async function drive(server: CacheeProcess, respPort: number): Promise<void> {
  for (let i = 0; i < CONNECTIONS; i++) {
    await server.put(`http${i}`, "value", TYPES.headers);
    await (await server.fetch(`/cache/http${i}`, TYPES)).text();
    const resp = await RespConnection.open(respPort, SECRET);
    await resp.ask("SET", `resp${i}`, "value");
    expect(await resp.ask("GET", `resp${i}`)).toBe("$5\r\nvalue\r\n");
    const websocket = await openWebsocket(server.url);
    await websocket.put(`websocket${i}`, new Uint8Array(5));
    expect(await websocket.get(`websocket${i}`)).toBeDefined();
    // Refused, by each lane once: for the path, the command and the key.
    await (await server.fetch("/nowhere", TYPES)).text();
    expect(await resp.ask("NOWHERE")).toStartWith("-ERR unknown command");
    await expect(websocket.get("")).rejects.toThrow();
  }
}

const metricsOf = async (server: CacheeProcess): Promise<Map<string, Family>> =>
  checkExposition(await (await server.fetch("/metrics", TYPES)).text());

/** The counters that have fallen. */
function fallenOf(before: Map<string, Family>, after: Map<string, Family>): string[] {
  const counters = [...before].filter(([, { type }]) => type !== "gauge");
  return counters.flatMap(([name, { samples }]) => {
    const fallen = [...samples].filter(
      ([labels, value]) => (after.get(name)?.samples.get(labels) ?? 0) < value,
    );
    return fallen.map(([labels]) => name + labels);
  });
}

/** Without those that are there only on a busy machine. */
const seriesOf = (families: Map<string, Family>): string[] =>
  [...families]
    .filter(([name]) => name !== "cachee_event_loop_blocked_total")
    .flatMap(([name, { samples }]) => [...samples.keys()].map((labels) => name + labels));

test("several workers show all that one process shows, and count every lane's traffic", async () => {
  const [one, two] = [await start(1), await start(2)];
  await drive(one.server, one.respPort);
  await drive(two.server, two.respPort);
  const [ofOne, ofTwo] = [await metricsOf(one.server), await metricsOf(two.server)];
  const shown = new Set(seriesOf(ofTwo));
  expect([...ofOne.keys()]).toEqual([...ofTwo.keys()]);
  expect(seriesOf(ofOne).filter((series) => !shown.has(series))).toEqual([]);
  for (const families of [ofOne, ofTwo]) {
    const value = (name: string, labels: string) => families.get(name)?.samples.get(labels);
    for (const [lane, write, read] of [
      ["resp", "set", "get"],
      ["websocket", "put", "get"],
    ] as const) {
      const label = `lane="${lane}"`;
      for (const method of [write, read])
        expect(value("cachee_requests_total", `{${label},method="${method}",status="ok"}`)).toBe(CONNECTIONS);
      expect(value("cachee_lane_connections", `{${label}}`)).toBe(CONNECTIONS);
      expect(value("cachee_lane_reads_total", `{${label},result="l1"}`)).toBe(CONNECTIONS);
      expect(value("cachee_request_duration_seconds", `_count{${label}}`)).toBeGreaterThanOrEqual(
        2 * CONNECTIONS,
      );
    }
    for (const [code, key] of [
      ["path_not_found", "none"],
      ["bad_command", "default"],
      ["key_empty", "default"],
    ])
      expect(value("cachee_refusals_total", `{code="${code}",key="${key}"}`)).toBe(CONNECTIONS);
    // Over HTTP at least a write, two reads of figures and what is refused; over the other lanes two and a refused one.
    expect(value("cachee_key_requests_total", `{key="default"}`)).toBeGreaterThanOrEqual(8 * CONNECTIONS);
    expect(value("cachee_key_requests_total", `{key="none"}`)).toBeGreaterThanOrEqual(CONNECTIONS);
    const hits = (tier: string) => value("cachee_hits_total", `{tier="${tier}"}`)!;
    expect(hits("l1") + hits("l2")).toBe(3 * CONNECTIONS);
  }
  for (const { server } of [one, two]) {
    const stats = (await (await server.fetch("/stats", TYPES)).json()) as Stats;
    expect(stats.l1.hits).toBeGreaterThanOrEqual(2 * CONNECTIONS);
    for (const lane of ["resp", "websocket"] as const) {
      expect(stats.lanes[lane].connections).toBe(CONNECTIONS);
      expect(stats.lanes[lane].reads["l1"]).toBe(CONNECTIONS);
      expect(stats.latency[lane]!.count).toBeGreaterThanOrEqual(2 * CONNECTIONS);
    }
  }
});

test("the supervisor's memory counts as the instance's, and its part of the budget", async () => {
  const { server } = await start(2);
  const families = await metricsOf(server);
  const children = (await Bun.$`pgrep -P ${server.pid}`.text()).trim().split("\n").map(Number);
  let bytes = 0;
  for (const pid of [server.pid, ...children]) {
    const status = await Bun.file(`/proc/${pid}/status`).text();
    bytes += 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]);
  }
  const value = (name: string) => families.get(name)!.samples.get("")!;
  expect(Math.abs(value("process_resident_memory_bytes") - bytes)).toBeLessThan(0.2 * bytes);
  expect(Math.abs(value("cachee_l1_bytes_max") - 64 * 1024 * 1024)).toBeLessThan(4);
  expect([...families.get("cachee_l1_lock_waits_total")!.samples.keys()].sort()).toEqual([
    '{outcome="refused"}',
    '{outcome="taken"}',
  ]);
});

test("no counter falls when a worker is killed, nor does the instance seem to have started anew", async () => {
  const { server, respPort } = await start(2);
  await drive(server, respPort);
  const before = await metricsOf(server);
  const pids = (await Bun.$`pgrep -P ${server.pid}`.text()).trim().split("\n").map(Number);
  process.kill(pids[0]!, "SIGKILL");
  await until(async () => {
    const children = (await Bun.$`pgrep -P ${server.pid}`.text()).trim().split("\n").map(Number);
    return children.length === 2 && !children.includes(pids[0]!);
  });
  await server.ready();
  const after = await metricsOf(server);
  expect(fallenOf(before, after)).toEqual([]);
  const startedAt = (families: typeof before) => families.get("process_start_time_seconds")!.samples.get("")!;
  expect(startedAt(after)).toBe(startedAt(before));
});

test("no counter falls while a worker is too slow to tell its own", async () => {
  const { server, respPort } = await start(2);
  await drive(server, respPort);
  const pids = (await Bun.$`pgrep -P ${server.pid}`.text()).trim().split("\n").map(Number);
  for (const pid of pids) {
    const before = await metricsOf(server);
    process.kill(pid, "SIGSTOP");
    // The stopped one answers what it is asked once it goes on, the other one in time.
    const asked = Array.from({ length: CONNECTIONS }, () => metricsOf(server));
    const first = await Promise.any(asked);
    process.kill(pid, "SIGCONT");
    for (const after of [first, ...(await Promise.all(asked))]) expect(fallenOf(before, after)).toEqual([]);
  }
});
