// The near cache when connections end: copies go with them, nothing old is served, and a new connection is made.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { CacheeClient } from "../../src/client/client.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

/** How old a copy may be, ms. */
const BOUND_MS = 500;
let server: RunningServer;
let other: CacheeClient;
let proxy: TcpProxy;
let near: CacheeClient;

beforeAll(async () => {
  server = await startServer({ CACHEE_STALE_MAX_MS: String(BOUND_MS) });
  other = new CacheeClient({ url: server.url, apiKey: server.key });
  proxy = await TcpProxy.start(server.port);
  const url = `http://127.0.0.1:${proxy.port}`;
  near = new CacheeClient({ url, apiKey: server.key, timeoutMs: 200, retries: 0, nearCache: {} });
});
afterAll(async () => {
  near.close();
  await proxy.stop();
  await server.stop();
});

/** Has the client keep a copy of `key`, which is `value`. */
async function kept(key: string, value: string): Promise<void> {
  await other.set(key, value);
  await until(async () => {
    const before = near.nearCache!.hits;
    const read = await near.get<string>(key).catch(() => undefined);
    return read === value && near.nearCache!.hits > before;
  });
}

test("a connection that is cut takes its copies with it, and another is made", async () => {
  await kept("cut", "old");
  proxy.mood = "refusing";
  proxy.cut(true);
  await until(() => !near.nearCache!.isConnected);
  expect(near.nearCache!.bytes).toBe(0);
  expect(await near.get("cut").catch((error: { code: string }) => error.code)).toBe("unreachable");
  expect(await near.getOrSet("cut", () => "made here")).toBe("made here");
  await other.set("cut", "new");
  proxy.mood = "good";
  await until(() => near.nearCache!.isConnected);
  expect(await near.get<string>("cut")).toBe("new");
  await kept("cut", "newer");
});

test("a connection that died silently serves copies inside the bound, and none past it", async () => {
  await kept("silent", "old");
  proxy.mood = "dark";
  const changedMs = performance.now();
  await other.set("silent", "new");
  const ages: number[] = [];
  await until(async () => {
    const value = await near.get<string>("silent").catch(() => undefined);
    if (value === "old") ages.push(performance.now() - changedMs);
    return !near.nearCache!.isConnected;
  });
  // Asked for before the change, at the latest; the rest is what the machine may hold up between two reads.
  expect(Math.max(0, ...ages)).toBeLessThan(2 * BOUND_MS);
  expect(near.nearCache!.bytes).toBe(0);
  proxy.mood = "good";
  proxy.cut(false);
  await until(async () => (await near.get<string>("silent").catch(() => undefined)) === "new");
  await kept("silent", "newer");
});

test("where one server is away the next is connected to", async () => {
  const urls = ["http://127.0.0.1:1", server.url];
  const client = new CacheeClient({ url: urls, apiKey: server.key, nearCache: {} });
  await until(() => client.nearCache!.isConnected);
  await client.set("next", 1);
  expect(await client.get<number>("next")).toBe(1);
  client.close();
});

test("copies of two clients of a hundred keys agree with the server after changes of all kinds", async () => {
  const clients = [0, 1].map(
    () => new CacheeClient({ url: server.url, apiKey: server.key, nearCache: { bytesMax: 20_000 } }),
  );
  await until(() => clients.every((client) => client.nearCache!.isConnected));
  const keys = Array.from({ length: 100 }, (_, i) => `agree/${i}`);
  for (let round = 0; round < 300; round++) {
    const client = clients[round % 2]!;
    const key = keys[(round * 7) % keys.length]!;
    const kind = round % 5;
    if (kind === 0) await client.set(key, round);
    if (kind === 1) await client.set(key, round, { tags: ["agree"] });
    if (kind === 2) await client.batch({ set: [{ key, value: round }] });
    if (kind === 3) await client.delete(key);
    if (kind === 4) await client.invalidate({ prefix: `agree/${round % 10}` });
    expect(await client.get<number>(key)).toEqual((await other.get<number>(key)) as number);
    await clients[1 - (round % 2)]!.getMany(keys.slice(0, 10));
  }
  const truth = await other.getMany(keys);
  for (const client of clients) await until(async () => Bun.deepEquals(await client.getMany(keys), truth));
  for (const client of clients) client.close();
});
