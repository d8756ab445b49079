// What a supervisor owes to its workers' clients: one instance a port, no silent worker, no lost place, no orphan.

import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer, type ServerEnv } from "../support/server.ts";
import { until } from "../support/until.ts";

const KEY = "supervision-test-key";
const folder = mkdtempSync(join(tmpdir(), "cachee-supervision-"));
const servers: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serve(env: ServerEnv = {}): Promise<RunningServer> {
  const server = await startServer({ CACHEE_WORKERS: "2", CACHEE_L1_BYTES_MAX: "64mb", ...env });
  servers.push(server);
  return server;
}

async function workersOf(server: RunningServer): Promise<number[]> {
  const text = await Bun.$`pgrep -P ${server.pid}`.nothrow().text();
  return text.trim().split("\n").filter(Boolean).map(Number);
}

const isAlive = (pid: number) => Bun.file(`/proc/${pid}/exe`).exists();

/** All of several requests, each by a connection of its own, are answered with 200. */
async function answersAll(url: string): Promise<boolean> {
  const ask = () =>
    fetch(`${url}/health/live`, { headers: { connection: "close" }, signal: AbortSignal.timeout(1_000) });
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask().catch(() => undefined)));
  return answers.every((answer) => answer?.status === 200);
}

test.each([
  ["2", "2"],
  ["2", "1"],
  ["1", "2"],
])("a server with %s workers keeps one with %s from its port", async (first, second) => {
  const { port } = await serve({ CACHEE_WORKERS: first });
  const other = startServer({ CACHEE_PORT: String(port), CACHEE_WORKERS: second });
  await expect(other).rejects.toThrow(`cachee: CACHEE_PORT: 127.0.0.1:${port} is in use`);
});

test("of several that start on one port at once, one serves", async () => {
  const probe = Bun.serve({ port: 0, fetch: () => new Response() });
  const port = String(probe.port);
  await probe.stop();
  const started = await Promise.allSettled(Array.from({ length: 3 }, () => serve({ CACHEE_PORT: port })));
  expect(started.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
});

test("the workers share one RESP port, the one that is printed", async () => {
  const server = await serve({ CACHEE_RESP_PORT: "0" });
  await until(() => server.stdout().includes("Redis clients"));
  const port = Number(/Redis clients on port (\d+)/.exec(server.stdout())![1]);
  expect(port).toBeGreaterThan(0);
  const listening = await Bun.$`ss -ltnH sport = :${port}`.text();
  expect(listening.trim().split("\n")).toHaveLength(2);
});

test("a worker that is stopped is noticed, killed and replaced", async () => {
  const server = await serve();
  const [first] = await workersOf(server);
  process.kill(first!, "SIGSTOP");
  await until(async () => {
    const now = await workersOf(server);
    return now.length === 2 && !now.includes(first!);
  });
  expect(server.stderr()).toContain("worker_silent");
  await until(() => answersAll(server.url));
});

test("a replacement that cannot start is tried again until it can, and SIGTERM ends all meanwhile", async () => {
  const keysFile = join(folder, "keys");
  writeFileSync(keysFile, `default:read+write+admin=${KEY}\n`);
  const server = await serve({ CACHEE_API_KEYS: "", CACHEE_KEYS_FILE: keysFile });
  const failure = '"how":"CACHEE_KEYS_FILE cannot be read';
  const before = await workersOf(server);
  unlinkSync(keysFile);
  process.kill(before[0]!, "SIGKILL");
  await until(() => server.stderr().split(failure).length > 3);
  writeFileSync(keysFile, `default:read+write+admin=${KEY}\n`);
  await until(async () => (await workersOf(server)).length === 2 && (await answersAll(server.url)));
  unlinkSync(keysFile);
  process.kill((await workersOf(server))[0]!, "SIGKILL");
  await until(() => server.stderr().split(failure).length > 5);
  expect(await server.stop("SIGTERM")).toBe(0);
});

test("workers do not outlive a supervisor that was killed", async () => {
  const server = await serve();
  servers.pop();
  const workers = await workersOf(server);
  expect(workers).toHaveLength(2);
  process.kill(server.pid, "SIGKILL");
  await until(async () => !(await Promise.all(workers.map(isAlive))).includes(true));
});
