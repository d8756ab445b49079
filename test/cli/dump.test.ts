// Dumps and their way back: all of a store, L2's too, in both formats, broken off and gone on with.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startRedis } from "../support/redis.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const SECRET = "a-secret-of-the-dump-tests";
const KEYS = `all:read+write+admin=${SECRET}`;
const BINARY = new Uint8Array([0, 255, 1, 254]);
const MANY = 700;
const folder = mkdtempSync(join(tmpdir(), "cachee-dump-"));
const servers: RunningServer[] = [];
let redis: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => void (redis = await startRedis()));
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop("SIGKILL")));
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

async function start(env: Record<string, string> = {}): Promise<RunningServer> {
  const server = await startServer({ CACHEE_API_KEYS: KEYS, ...env });
  servers.push(server);
  await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
  return server;
}

async function run(server: RunningServer, args: readonly string[], input = "") {
  const child = Bun.spawn([...BUN_COMMAND, MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", CACHEE_URL: server.url, CACHEE_KEY: SECRET },
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

const ask = (server: RunningServer, method: string, path: string, init: RequestInit = {}) =>
  fetch(server.url + path, { method, ...init, headers: { "x-api-key": SECRET, ...init.headers } });

async function fill(server: RunningServer): Promise<void> {
  const put = async (
    key: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => expect((await ask(server, "PUT", `/cache/${key}`, { body, headers })).status).toBeWithin(200, 205);
  const set = Array.from({ length: MANY }, (_, i) => ({
    key: `many/${i}`,
    value: `value ${i}`,
    contentType: "text/plain",
  }));
  expect((await ask(server, "POST", "/batch", { body: JSON.stringify({ set }) })).status).toBe(200);
  await put("binary", BINARY);
  await put("empty", "");
  await put("large", "x".repeat(1_500_000), { "content-type": "text/plain" });
  await put("tagged/%C3%A9", "é", { "content-type": "text/plain; charset=utf-8", "cache-tag": "a, b" });
  await put("fields", "v", { "cache-control": "public, max-age=900", "content-type": "text/css" });
  await put("timed", "v", { "x-ttl": "500" });
  await put("short", "v", { "x-ttl": "1" });
  await ask(server, "POST", "/", { body: '["HSET","hash","field","value"]' });
}

/** What a client sees of an entry. */
async function seen(server: RunningServer, key: string) {
  const response = await ask(server, "GET", `/cache/${key}`, { headers: { "accept-encoding": "identity" } });
  const { headers } = response;
  const meta = (await (await ask(server, "GET", `/admin/entry/${key}`)).json()) as {
    tags: string[];
    ttl: number | null;
  };
  return {
    status: response.status,
    bytes: Buffer.from(await response.arrayBuffer()).toString("base64"),
    etag: headers.get("etag"),
    type: headers.get("content-type"),
    cacheControl: headers.get("cache-control"),
    tags: meta.tags,
    isTimed: meta.ttl !== null && meta.ttl !== undefined,
  };
}

const SHOWN = [
  "binary",
  "empty",
  "large",
  "tagged/%C3%A9",
  "fields",
  "timed",
  "hash",
  "many/0",
  `many/${MANY - 1}`,
];

async function expectSame(from: RunningServer, to: RunningServer): Promise<void> {
  for (const key of SHOWN)
    expect({ key, ...(await seen(to, key)) }).toEqual({ key, ...(await seen(from, key)) });
  const { result } = (await (await ask(to, "POST", "/", { body: '["HGET","hash","field"]' })).json()) as {
    result: string;
  };
  expect(result).toBe("value");
}

describe.each([
  ["embedded", () => ({})],
  [
    "over Redis, of which L1 has nothing",
    () => ({ CACHEE_REDIS_URL: redis.url, CACHEE_L2_TIMEOUT_MS: "10000" }),
  ],
] as const)("%s", (where, env) => {
  test.each(["all.ndjson", "all.snapshot"])(
    "%s: every entry comes back as it was, but those that have expired",
    async (name) => {
      const file = join(folder, `${where.slice(0, 4)}-${name}`);
      let from = await start(env());
      await fill(from);
      if ("CACHEE_REDIS_URL" in env()) {
        await from.stop();
        from = await start(env());
      }
      const dumped = await run(from, ["--json", "dump", file]);
      expect(dumped.err).toBe("");
      expect(JSON.parse(dumped.out).entries).toBeGreaterThanOrEqual(MANY + 6);
      expect(existsSync(`${file}.part`)).toBeFalse();
      const to = await start();
      await until(async () => (await seen(from, "short")).status === 404);
      const restored = await run(to, ["--json", "restore", file]);
      expect({ ...restored, out: JSON.parse(restored.out) }).toMatchObject({
        code: 0,
        out: { refused: 0, from: 0 },
      });
      await expectSame(from, to);
      expect((await seen(to, "short")).status).toBe(404);
      expect(existsSync(`${file}.progress`)).toBeFalse();
    },
  );
});

test("a pipe from one server to another, of some of the keys", async () => {
  const [from, to] = [await start(), await start()];
  await fill(from);
  const { out } = await run(from, ["dump", "--prefix", "many/1"]);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toEqual({ cachee: "dump", format: 1 });
  expect(lines[1]).toMatchObject({ encoding: "utf8", expiresAt: null, tags: [], cacheControl: null });
  expect(lines.slice(1, -1).every(({ key }) => String(key).startsWith("many/1"))).toBeTrue();
  expect((await run(to, ["restore", "-"], out)).code).toBe(0);
  expect((await seen(to, "many/10")).status).toBe(200);
  expect((await seen(to, "many/20")).status).toBe(404);
});

test("a dump that was broken off goes on by its cursor, whatever is behind that in the file", async () => {
  const server = await start();
  await fill(server);
  for (const name of ["resumed.ndjson", "resumed.snapshot"]) {
    const file = join(folder, name);
    await run(server, ["dump", file]);
    const whole = readFileSync(file);
    // Cut in the midst of it: up to its last cursor it is good.
    rmSync(file);
    writeFileSync(`${file}.part`, whole.subarray(0, Math.floor(whole.length * 0.6)));
    expect((await run(server, ["dump", file, "--resume"])).code).toBe(0);
    const to = await start();
    expect((await run(to, ["restore", file])).err).toContain(" 0 refused");
    await expectSame(server, to);
  }
});

test("a restore that was broken off goes on where it was; a file that is cut short is told of", async () => {
  const from = await start();
  await fill(from);
  const file = join(folder, "broken-off.ndjson");
  await run(from, ["dump", file]);
  const to = await start();
  const { mtime } = statSync(file);
  const good = readFileSync(file);
  // A line behind the first batch, damaged without another size or time.
  const damaged = Buffer.from(good);
  const at = good.toString("latin1").split("\n").slice(0, 640).join("\n").length + 1;
  damaged[at] = 0x78;
  const put = (bytes: Buffer) => {
    writeFileSync(file, bytes);
    utimesSync(file, mtime, mtime);
  };
  put(damaged);
  const failed = await run(to, ["restore", file]);
  expect([failed.code, failed.err]).toEqual([64, "cachee: line 641 is not a JSON object\n"]);
  const { end } = JSON.parse(readFileSync(`${file}.progress`, "utf8")) as { end: number };
  expect(end).toBeWithin(1, at);
  put(good);
  const again = JSON.parse((await run(to, ["--json", "restore", file])).out) as {
    from: number;
    stored: number;
  };
  expect(again).toMatchObject({ from: end, refused: 0 });
  expect(again.stored).toBeLessThan(MANY);
  await expectSame(from, to);
  writeFileSync(file, good.subarray(0, good.length - 300));
  expect((await run(to, ["restore", file])).err).toContain("cut short");
});

test("what the server refuses is told, and the rest is stored; --if-absent leaves what is there", async () => {
  const [from, to] = [await start(), await start({ CACHEE_VALUE_BYTES_MAX: "100kb" })];
  await fill(from);
  const file = join(folder, "refused.ndjson");
  await run(from, ["dump", file]);
  await ask(to, "PUT", "/cache/fields", { body: "of its own" });
  const restored = await run(to, ["--json", "restore", file, "--if-absent"]);
  expect(restored.code).toBe(1);
  expect(restored.err).toMatch(/^cachee: large: .*\(value_too_large\)\n$/);
  expect(JSON.parse(restored.out)).toMatchObject({ refused: 1 });
  expect(await (await ask(to, "GET", "/cache/fields")).text()).toBe("of its own");
  expect((await seen(to, "many/5")).status).toBe(200);
});

test("a server begins with a dump in its format", async () => {
  const from = await start();
  await fill(from);
  const file = join(folder, "begin.snapshot");
  await run(from, ["dump", file]);
  renameSync(file, join(folder, "begun.snapshot"));
  const to = await start({ CACHEE_SNAPSHOT: join(folder, "begun.snapshot") });
  await expectSame(from, to);
});
