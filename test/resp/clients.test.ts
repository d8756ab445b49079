// Redis clients and tools as they are, against the real server; and what one lane writes, seen in the other.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { until } from "../support/until.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";

let server: RespServer;

beforeAll(async () => {
  server = await startRespServer();
});

afterAll(async () => {
  await server?.stop();
});

async function run(command: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([...command], { stdin: new Blob([input]), stdout: "pipe", stderr: "pipe" });
  const [out, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${errors}`);
  return out;
}

const cli = (...args: string[]) => [
  "redis-cli",
  "-p",
  String(server.respPort),
  "--no-auth-warning",
  "-a",
  server.key,
  ...args,
];

test("redis-cli", async () => {
  expect(await run(cli("SET", "cli", "hello world", "EX", "100"))).toBe("OK\n");
  expect(await run(cli("GET", "cli"))).toBe("hello world\n");
  expect(await run(cli("-3", "TTL", "cli"))).toMatch(/^(100|99|98)\n$/);
  expect(await run(cli("--scan", "--pattern", "cl?"))).toBe("cli\n");
  expect(await run(cli(), "incr n\nincr n\nget n\n")).toBe("1\n2\n2\n");
  expect(await run(cli("INFO", "server"))).toContain("redis_mode:standalone");
  expect(await run(cli("COMMAND", "INFO", "get"))).toContain("readonly");
  expect(await run(cli("--pipe"), "*3\r\n$3\r\nSET\r\n$4\r\npipe\r\n$1\r\n1\r\n")).toContain(
    "errors: 0, replies: 1",
  );
});

test("redis-benchmark", async () => {
  const port = String(server.respPort);
  const options = `-p ${port} -a ${server.key} -n 2000 -c 8 -P 4 --csv -t ping,set,get,incr,mset`;
  const out = await run(["redis-benchmark"].concat(options.split(" ")));
  for (const name of ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"])
    expect(out).toContain(`"${name}"`);
  expect(out).not.toContain("ERR");
});

test("node-redis, in RESP2 and RESP3", async () => {
  for (const RESP of [2, 3] as const) {
    const client = createClient({ RESP, url: `redis://default:${server.key}@127.0.0.1:${server.respPort}` });
    client.on("error", () => {});
    await client.connect();
    expect(await client.set("nr", "v", { expiration: { type: "EX", value: 50 } })).toBe("OK");
    expect(await client.get("nr")).toBe("v");
    expect(await client.mGet(["nr", "none"])).toEqual(["v", null]);
    expect(await client.set("nr", "w", { condition: "NX" })).toBeNull();
    expect(await client.incrBy("nr:n", 7)).toBe(7);
    expect(await client.del(["nr:n", "none"])).toBe(1);
    const keys: string[] = [];
    for await (const page of client.scanIterator({ MATCH: "nr*" })) keys.push(...page);
    expect(keys).toEqual(["nr"]);
    expect(Number(await client.pTTL("nr"))).toBeGreaterThan(40_000);
    await client.close();
  }
});

test("node-redis keeps copies, and is told when they change", async () => {
  const url = `redis://default:${server.key}@127.0.0.1:${server.respPort}`;
  const keeper = createClient({
    RESP: 3,
    url,
    clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" },
  });
  const writer = createClient({ url });
  keeper.on("error", () => {});
  await Promise.all([keeper.connect(), writer.connect()]);
  await writer.set("kept", "1");
  expect(await keeper.get("kept")).toBe("1");
  await writer.set("kept", "2");
  while ((await keeper.get("kept")) !== "2") await writer.ping();
  await Promise.all([keeper.close(), writer.close()]);
});

test("ioredis", async () => {
  const client = new Redis({ port: server.respPort, password: server.key, lazyConnect: true });
  await client.connect();
  expect(await client.set("io", "v", "PX", 50_000)).toBe("OK");
  const results = await client
    .pipeline()
    .get("io")
    .append("io", "w")
    .strlen("io")
    .getrange("io", 1, 1)
    .exec();
  expect(results?.map(([, value]) => value)).toEqual(["v", 2, 2, "w"]);
  expect(await client.getBuffer("io")).toEqual(Buffer.from("vw"));
  await expect(client.lpush("io", "x")).rejects.toThrow("unknown command");
  expect(await client.getdel("io")).toBe("vw");
  await client.quit();
});

test("what RESP stores HTTP reads, and the other way round", async () => {
  const url = `${server.url}/cache/both`;
  const headers = { "x-api-key": server.key };
  const body = "text ".repeat(1_000);
  await run(cli("SET", "both", body, "EX", "60"));
  const read = await fetch(url, { headers: { ...headers, "accept-encoding": "br, gzip" } });
  expect(read.headers.get("content-type")).toBe("application/octet-stream");
  expect(await read.text()).toBe(body);
  // Compressing waits until HTTP reads it often, and is done beside the event loop.
  const readBr = async () => fetch(url, { headers: { ...headers, "accept-encoding": "br" } });
  await until(async () => (await readBr()).headers.get("content-encoding") === "br");
  const compressed = await readBr();
  expect(compressed.headers.get("etag")).not.toBe(read.headers.get("etag"));
  expect(await compressed.text()).toBe(body);
  expect(await run(cli("GET", "both"))).toBe(`${body}\n`);
  const tagged = { ...headers, "content-type": "text/plain", "cache-tag": "t" };
  await fetch(url, { method: "PUT", headers: tagged, body });
  expect(await run(cli("GET", "both"))).toBe(`${body}\n`);
  // Variants are made beside the event loop.
  const coding = async () =>
    (await fetch(url, { headers: { ...headers, "accept-encoding": "br" } })).headers.get("content-encoding");
  await until(async () => (await coding()) === "br");
  expect(await run(cli("EXPIRE", "both", "100"))).toBe("1\n");
  const kept = await fetch(url, { headers: { ...headers, "accept-encoding": "br" } });
  expect(kept.headers.get("content-type")).toBe("text/plain");
  expect(kept.headers.get("content-encoding")).toBe("br");
  expect(kept.headers.get("expires")).not.toBeNull();
  await fetch(`${server.url}/invalidate`, { method: "POST", headers, body: JSON.stringify({ tags: ["t"] }) });
  expect(await run(cli("EXISTS", "both"))).toBe("0\n");
  const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
  expect(metrics).toMatch(/cachee_requests_total\{lane="resp",method="get",status="ok"\} \d/);
  expect(metrics).toContain('cachee_lane_connections{lane="resp"}');
  expect(metrics).toMatch(/cachee_request_duration_seconds_count\{lane="resp"\} \d/);
});
