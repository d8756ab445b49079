// An instance with CACHEE_SNAPSHOT over its restarts: drained, killed, with what was removed meanwhile.

import { afterAll, afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SnapshotReader } from "../../src/snapshot/snapshot-reader.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { startServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const KEY = "a-secret-of-the-snapshot-tests";
const folder = mkdtempSync(join(tmpdir(), "cachee-restart-"));
const servers: RespServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop("SIGKILL")));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(path: string, env: Record<string, string> = {}): Promise<RespServer> {
  const server = await startRespServer({ CACHEE_API_KEYS: KEY, CACHEE_SNAPSHOT: path, ...env });
  servers.push(server);
  return server;
}

const ask = (server: RespServer, method: string, path: string, init: RequestInit = {}) =>
  fetch(server.url + path, { method, ...init, headers: { "x-api-key": KEY, ...init.headers } });

const events = (server: RespServer, name: string) =>
  server
    .stderr()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === name);

const FIELDS = [
  "content-type",
  "etag",
  "cache-control",
  "x-cache-version",
  "content-encoding",
  "cache-status",
];
const shown = async (server: RespServer, key: string) => {
  const response = await ask(server, "GET", `/cache/${key}`, { headers: { "accept-encoding": "gzip" } });
  const fields: Record<string, string | null> = Object.fromEntries(
    FIELDS.map((name) => [name, response.headers.get(name)]),
  );
  return { status: response.status, text: await response.text(), fields };
};

test("drained and started again: the same answers, the time that is left, tags and types, and nothing that was removed", async () => {
  const path = join(folder, "drained.snapshot");
  const first = await start(path);
  const text = "text that is worth compressing ".repeat(100);
  const put = (key: string, fields: Record<string, string>, body = text) =>
    ask(first, "PUT", `/cache/${key}`, { body, headers: { "content-type": "text/plain", ...fields } });
  const written = await put("kept", { "cache-tag": "t", "cache-control": "public, max-age=900" });
  await put("tagged", { "cache-tag": "gone" });
  await put("below/a", {});
  await put("deleted", {});
  await put("short", { "x-ttl": "0.2" });
  await put("timed", { "x-ttl": "600" });
  const resp = await RespConnection.open(first.respPort, KEY);
  await resp.ask("HSET", "hash", "field", "value");
  await resp.ask("SET", "plain", "string");
  await ask(first, "DELETE", "/cache/deleted");
  await ask(first, "POST", "/invalidate", { body: '{"tags":["gone"]}' });
  await ask(first, "POST", "/invalidate", { body: '{"prefix":"below/"}' });
  await until(async () => (await shown(first, "kept")).fields["content-encoding"] === "gzip");
  const before = await shown(first, "kept");
  resp.close();
  expect(await first.stop()).toBe(0);
  expect(events(first, "snapshot_written")).toMatchObject([{ isFinal: true, path }]);

  const second = await start(path);
  expect(await shown(second, "kept")).toEqual(before);
  for (const key of ["tagged", "below/a", "deleted"]) expect((await shown(second, key)).status).toBe(404);
  await until(async () => (await shown(second, "short")).status === 404);
  const again = await RespConnection.open(second.respPort, KEY);
  expect(await again.ask("HGET", "hash", "field")).toBe("$5\r\nvalue\r\n");
  expect(await again.ask("GET", "plain")).toBe("$6\r\nstring\r\n");
  expect(Number((await again.ask("TTL", "timed")).slice(1))).toBeWithin(1, 601);
  expect(await again.ask("TTL", "plain")).toBe(":-1\r\n");
  again.close();
  // Versions go on, none is given twice.
  const version = (response: Response) => response.headers.get("x-cache-version")!.split(".");
  const next = version(await ask(second, "PUT", "/cache/next", { body: "1" }));
  expect(next[0]).toBe(version(written)[0]);
  expect(Number(next[1])).toBeGreaterThan(Number(version(written)[1]));
  const { invalidated } = (await (
    await ask(second, "POST", "/invalidate", { body: '{"tags":["t"]}' })
  ).json()) as {
    invalidated: number;
  };
  expect(invalidated).toBe(1);
});

test("killed at any moment: the file is a whole one, and what it has is served, under another epoch", async () => {
  const path = join(folder, "killed.snapshot");
  const epochs = new Set<string>();
  for (let life = 0; life < 4; life++) {
    const server = await start(path, { CACHEE_SNAPSHOT_SECONDS: "1" });
    if (life > 0) expect(events(server, "snapshot_read")).toMatchObject([{ level: "info" }]);
    expect(events(server, "snapshot_refused")).toEqual([]);
    for (let i = 0; i < life; i++) expect((await shown(server, `life-${i}`)).text).toBe(`value ${i}`);
    const set = Array.from({ length: 1_000 }, (_, i) => ({ key: `${life}/${i}`, value: "v".repeat(10_000) }));
    await ask(server, "POST", "/batch", { body: JSON.stringify({ set }) });
    const response = await ask(server, "PUT", `/cache/life-${life}`, { body: `value ${life}` });
    epochs.add(response.headers.get("x-cache-version")!.split(".")[0]!);
    // One that was begun after the write is whole; the next may be under way when the end comes.
    const count = () => events(server, "snapshot_written").length;
    const from = count();
    await until(() => count() >= from + 2);
    await server.stop("SIGKILL");
    servers.pop();
    const reader = await SnapshotReader.open(path);
    for await (const _ of reader.items());
    await reader.close();
  }
  expect(epochs.size).toBe(4);
});

test("a file that is broken does no harm: a line in the log, an empty start, and it is put aside", async () => {
  const path = join(folder, "broken.snapshot");
  writeFileSync(path, "nonsense");
  const server = await start(path);
  expect(events(server, "snapshot_refused")).toMatchObject([{ level: "error", reason: "it is no snapshot" }]);
  expect((await ask(server, "PUT", "/cache/a", { body: "1" })).status).toBe(201);
  expect(await server.stop()).toBe(0);
  expect(readFileSync(`${path}.refused`, "utf8")).toBe("nonsense");
  expect(existsSync(path)).toBeTrue();
});

test("where it would not be what it is for, the start is refused with one line", async () => {
  const refused = async (env: Record<string, string>) => {
    const failure: unknown = await startServer({ CACHEE_SNAPSHOT: join(folder, "x"), ...env }).catch(
      (thrown: unknown) => thrown,
    );
    return String(failure);
  };
  expect(await refused({ CACHEE_REDIS_URL: "redis://127.0.0.1:1" })).toContain(
    "CACHEE_SNAPSHOT is for instances without Redis",
  );
  expect(await refused({ CACHEE_WORKERS: "2" })).toContain("CACHEE_SNAPSHOT needs CACHEE_WORKERS=1");
  expect(await refused({ CACHEE_SNAPSHOT: join(folder, "none/x") })).toContain("which is no folder");
  expect(await refused({ CACHEE_SNAPSHOT_SECONDS: "0" })).toContain("CACHEE_SNAPSHOT_SECONDS must be");
});
