// The command line against a real server: what each command prints and exits with, and what the doctor finds.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const SECRET = "a-secret-of-the-cli-tests";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({
    CACHEE_API_KEYS: `all:read+write+admin=${SECRET},reader:read=${SECRET}-reader`,
  });
});
afterAll(async () => void (await server.stop()));

async function run(args: readonly string[], options: { env?: Record<string, string>; input?: string } = {}) {
  const child = Bun.spawn([...BUN_COMMAND, MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", CACHEE_URL: server.url, CACHEE_KEY: SECRET, ...options.env },
    stdin: new Blob([options.input ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

describe("entries", () => {
  test("are stored from an argument, a pipe or a file, and printed byte for byte", async () => {
    expect(await run(["put", "a", "value", "--ttl", "60", "--tag", "t"])).toEqual({
      out: "",
      err: "",
      code: 0,
    });
    expect((await run(["get", "a"])).out).toBe("value");
    await run(["put", "b", "-"], { input: "from a pipe" });
    expect((await run(["get", "b"])).out).toBe("from a pipe");
    await run(["put", "c", "--file", import.meta.path, "--type", "text/plain"]);
    expect((await run(["get", "c"])).out).toBe(await Bun.file(import.meta.path).text());
    expect(JSON.parse((await run(["--json", "get", "a"])).out)).toMatchObject({ key: "a", value: "value" });
    expect(JSON.parse((await run(["--json", "stat", "c"])).out)).toMatchObject({
      contentType: "text/plain",
      ttl: null,
    });
    expect((await run(["stat", "a"])).out).toMatch(/^ttl +\d+(?:\.\d+)? s\ntags +t$/m);
    const asReader = await run(["stat", "a"], { env: { CACHEE_KEY: `${SECRET}-reader` } });
    expect(asReader.out).toMatch(/^bytes +5$/m);
    expect(asReader.out).not.toContain("ttl");
    expect((await run(["keys"])).out.split("\n").sort()).toEqual(["", "a", "b", "c"]);
    expect((await run(["big", "--count", "1"])).out).toContain("c");
    expect((await run(["invalidate", "--tag", "t"])).out).toBe("1 invalidated\n");
    expect((await run(["del", "b"])).code).toBe(0);
    expect((await run(["del", "b"])).code).toBe(1);
    expect((await run(["put", "c", "x", "--if-absent"])).code).toBe(1);
  });

  test("what goes wrong is one line, with the exit code that shells know for it", async () => {
    expect(await run(["get", "none"])).toEqual({ out: "", err: "cachee: there is no none\n", code: 1 });
    const reader = await run(["put", "a", "x"], { env: { CACHEE_KEY: `${SECRET}-reader` } });
    expect(reader.code).toBe(77);
    expect(reader.err).toContain("(forbidden)");
    expect(await run(["get", "a"], { env: { CACHEE_URL: "http://127.0.0.1:1" } })).toEqual({
      out: "",
      err: "cachee: http://127.0.0.1:1 was not reached. (unreachable)\n",
      code: 69,
    });
    expect((await run(["put", "", "x"])).code).toBe(64);
    expect((await run(["stat", "none"])).code).toBe(1);
    expect((await run(["get", "a"], { env: { CACHEE_URL: "no url" } })).code).toBe(64);
    expect((await run(["invalidate"])).code).toBe(64);
    expect((await run(["nonsense"])).code).toBe(64);
    expect((await run(["put", "a", "x", "--ttl", "soon"])).code).toBe(64);
    expect((await run(["--help"])).code).toBe(0);
  });
});

describe("tail", () => {
  const start = (...args: string[]) =>
    Bun.spawn([...BUN_COMMAND, MAIN, "tail", ...args], {
      env: { PATH: process.env["PATH"] ?? "", CACHEE_URL: server.url, CACHEE_KEY: SECRET },
      stdio: ["ignore", "pipe", "pipe"],
    });

  test("prints the last requests and those that come, of those that it is asked for", async () => {
    await run(["get", "of-before"], { env: { CACHEE_KEY: "a-wrong-one-it-is" } });
    const last = await run(["tail", "--no-follow", "--status", "401", "-n", "1"]);
    expect(last.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}401 {2}GET .* of-before {2}unauthorized/);
    expect((await run(["tail", "--status", "soon"])).code).toBe(1);
    expect((await run(["tail", "--lane", "slow"])).code).toBe(64);
    const child = start("--json", "--prefix", "to-come", "-n", "0");
    let out = "";
    const reading = (async () => {
      for await (const chunk of child.stdout) out += Buffer.from(chunk).toString();
    })();
    // It follows from some moment on: the first that it prints shows that it does.
    await until(async () => {
      await run(["get", "to-come"], { env: { CACHEE_KEY: "a-wrong-one-it-is" } });
      return out.includes("\n");
    });
    child.kill();
    await reading;
    expect(JSON.parse(out.split("\n")[0]!)).toMatchObject({
      key: "to-come",
      code: "unauthorized",
      lane: "cold",
    });
  });

  test("a key without the scope admin is told so, and a server that goes away is asked again", async () => {
    expect((await run(["tail"], { env: { CACHEE_KEY: `${SECRET}-reader` } })).code).toBe(77);
    const other = await startServer({ CACHEE_API_KEYS: `all:admin=${SECRET}` });
    const child = start("--url", other.url);
    let err = "";
    void (async () => {
      for await (const chunk of child.stderr) err += Buffer.from(chunk).toString();
    })();
    let out = "";
    void (async () => {
      for await (const chunk of child.stdout) out += Buffer.from(chunk).toString();
    })();
    await until(async () => {
      await fetch(`${other.url}/cache/refused`);
      return out.includes("refused");
    });
    await other.stop("SIGKILL");
    await until(() => err.includes("again"));
    const again = await startServer({
      CACHEE_API_KEYS: `all:admin=${SECRET}`,
      CACHEE_PORT: String(other.port),
    });
    await until(async () => {
      await fetch(`${again.url}/cache/once-more`);
      return out.includes("once-more");
    });
    child.kill();
    await again.stop();
  });
});

test("keygen makes a key that a server with its entry accepts, and that the entry does not show", async () => {
  const { out } = await run(["--json", "keygen", "--name", "app", "--scopes", "read", "--prefix", "shop/"]);
  const { key, entry } = JSON.parse(out) as { key: string; entry: string };
  expect(entry).not.toContain(key);
  const other = await startServer({ CACHEE_API_KEYS: entry });
  try {
    const status = async (path: string) =>
      (await fetch(other.url + path, { headers: { "x-api-key": key } })).status;
    expect([await status("/cache/shop/a"), await status("/cache/a")]).toEqual([404, 403]);
  } finally {
    await other.stop();
  }
  expect((await run(["keygen", "--scopes", "root"])).code).toBe(64);
});

describe("the doctor", () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());

  async function findings(env: Record<string, string>) {
    const { out, code } = await run(["--json", "doctor"], { env: { CACHEE_PORT: "0", ...env } });
    return {
      code,
      found: JSON.parse(out) as { name: string; state: string; detail: string; advice?: string }[],
    };
  }

  test("finds nothing wrong with a Redis that is well", async () => {
    const { code, found } = await findings({ CACHEE_REDIS_URL: redis.url });
    expect(code).toBe(0);
    expect(found.filter(({ state }) => state === "fault")).toEqual([]);
    expect(found.map(({ name }) => name)).toContain("Redis clock");
  });

  test("says what is wrong, and what to do", async () => {
    const gone = await findings({ CACHEE_REDIS_URL: "redis://127.0.0.1:1" });
    expect(gone.code).toBe(1);
    expect(gone.found.find(({ name }) => name === "Redis")).toMatchObject({ state: "fault" });
    const wrong = await findings({ CACHEE_WORKERS: "many" });
    expect(wrong.found[0]).toMatchObject({ name: "settings", state: "fault" });
    expect(wrong.found[0]!.detail).toContain("CACHEE_WORKERS");
    const taken = await findings({ CACHEE_PORT: String(server.port) });
    expect(taken.found.find(({ name }) => name === "port")).toMatchObject({ state: "warning" });
    for (const { state, advice } of [...gone.found, ...wrong.found, ...taken.found]) {
      if (state !== "ok") expect(advice).toBeString();
    }
  });
});
