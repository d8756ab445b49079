// The adapters, each by the suite of its ecosystem or by its own library: Keyv, cache-manager, unstorage.

import * as bun from "bun:test";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import keyvTestSuite, { keyvIteratorTests } from "@keyv/test-suite";
import { createCache } from "cache-manager";
import { Keyv } from "keyv";
import { createStorage } from "unstorage";
import { cacheeStore } from "../../src/client/adapters/cache-manager.ts";
import { KeyvCachee } from "../../src/client/adapters/keyv.ts";
import { cacheeDriver } from "../../src/client/adapters/unstorage.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const SECRET = "a-secret-of-the-adapter-tests";
let server: RunningServer;
beforeAll(async () => void (server = await startServer({ CACHEE_API_KEYS: SECRET })));
afterAll(async () => void (await server.stop()));

/** The part of Vitest that the suite uses: its tests take what they expect with as an argument. */
const vitest = {
  beforeEach: bun.beforeEach,
  afterEach: bun.afterEach,
  it: (name: string, run: (context: { expect: typeof expect }) => unknown) =>
    test(name, async () => void (await run({ expect }))),
} as unknown as Parameters<typeof keyvTestSuite>[0];

describe("Keyv's own suite", () => {
  const store = () => new KeyvCachee({ url: server.url, apiKey: SECRET, prefix: "keyv-suite/" });
  keyvTestSuite(vitest, Keyv, store);
  keyvIteratorTests(vitest, Keyv, store);
});

test("cache-manager reads through it, many keys at once, and clears its own", async () => {
  const cache = createCache({ stores: [cacheeStore({ url: server.url, apiKey: SECRET, ttl: 60_000 })] });
  let made = 0;
  const make = () => cache.wrap("wrapped", () => ({ made: ++made }), 60_000);
  expect(await make()).toEqual({ made: 1 });
  expect(await make()).toEqual({ made: 1 });
  await cache.mset([
    { key: "a", value: "one" },
    { key: "b", value: "two" },
  ]);
  expect(await cache.mget<unknown>(["a", "b", "c"])).toEqual(["one", "two", undefined]);
  expect(await cache.del("a")).toBeTrue();
  expect(await cache.get("a")).toBeUndefined();
  const other = new KeyvCachee({ url: server.url, apiKey: SECRET, prefix: "other/" });
  await other.set("kept", 1);
  await cache.clear();
  expect(await cache.get("b")).toBeUndefined();
  expect(await other.get<number>("kept")).toBe(1);
  await cache.set("short", 1, 100);
  expect(await cache.get<number>("short")).toBe(1);
  await until(async () => (await cache.get("short")) === undefined);
  expect(await cache.ttl("wrapped")).toBeUndefined();
});

test("unstorage stores, lists, tells and clears", async () => {
  const driver = cacheeDriver({ url: server.url, apiKey: SECRET });
  const storage = createStorage({ driver });
  await storage.setItem("users:7", { name: "Ada" }, { ttl: 60 });
  await storage.setItem("users:8", "Grace");
  await storage.setItemRaw("raw", new Uint8Array([0, 255]));
  expect(await storage.getItem<object>("users:7")).toEqual({ name: "Ada" });
  expect(await storage.getItem<string>("users:8")).toBe("Grace");
  expect(new Uint8Array((await storage.getItemRaw("raw")) as Uint8Array)).toEqual(new Uint8Array([0, 255]));
  expect(await storage.getItem("none")).toBeNull();
  expect(await storage.hasItem("users:7")).toBeTrue();
  expect((await storage.getKeys("users")).sort()).toEqual(["users:7", "users:8"]);
  expect(await storage.getMeta("users:8")).toMatchObject({ size: 5 });
  await storage.removeItem("users:8");
  await storage.removeItem("users:8");
  expect(await storage.hasItem("users:8")).toBeFalse();
  await storage.clear();
  expect(await storage.getKeys()).toEqual([]);
  await storage.setItem("users:9", 1);
  await driver.clear("users:");
  expect(await storage.hasItem("users:9")).toBeFalse();
});
