// The endpoints for operators: pages of the whole store, one entry, the hottest and the largest, within a key's prefix.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { describeKinds } from "../support/instance-kinds.ts";

const SECRET = "a-secret-of-the-admin-tests";
const KEYS = `all:read+write+admin=${SECRET},shop:admin:shop/=${SECRET}-shop,reader:read=${SECRET}-reader`;

interface Page {
  readonly cursor: string;
  readonly entries: readonly { readonly key: string; readonly bytes?: number }[];
}

describeKinds((_where, env) => {
  let server: RunningServer;
  const get = (path: string, name = "") =>
    fetch(server.url + path, { headers: { "x-api-key": name === "" ? SECRET : `${SECRET}-${name}` } });
  const json = async (path: string, name = "") => (await (await get(path, name)).json()) as Page;

  beforeAll(async () => {
    server = await startServer({ CACHEE_API_KEYS: KEYS, ...env() });
    await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
    const set = Array.from({ length: 300 }, (_, i) => ({
      key: `${i % 3 === 0 ? "shop/" : "other/"}${i}`,
      value: "v".repeat(i),
      contentType: "text/plain",
      tags: ["t"],
    }));
    // On a busy machine Redis may be late.
    await until(async () => {
      const body = JSON.stringify({ set });
      const headers = { "x-api-key": SECRET };
      return (await fetch(`${server.url}/batch`, { method: "POST", headers, body })).status === 200;
    });
  });
  afterAll(async () => void (await server.stop()));

  /** Every key of a walk in pages of about `count`. */
  async function walk(query: string, name = ""): Promise<string[]> {
    const keys = new Set<string>();
    let cursor = "0";
    do {
      const page = await json(`/admin/entries?cursor=${cursor}&${query}`, name);
      for (const { key } of page.entries) keys.add(key);
      cursor = page.cursor;
    } while (cursor !== "0");
    return [...keys].sort();
  }

  test("a walk sees every entry of the store, whatever connection its pages come by", async () => {
    expect((await walk("count=50")).length).toBe(300);
    expect((await walk("count=50&prefix=shop/")).length).toBe(100);
    expect((await walk("count=50", "shop")).every((key) => key.startsWith("shop/"))).toBeTrue();
  });

  test("one entry is told with its beginning", async () => {
    const response = await get("/admin/entry/shop/297");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      key: "shop/297",
      contentType: "text/plain",
      bytes: 297,
      tags: ["t"],
      ttl: null,
      preview: { encoding: "utf8", value: "v".repeat(297) },
    });
    expect((await get("/admin/entry/none")).status).toBe(404);
  });

  test("only admins are told, and of their prefix alone", async () => {
    for (const path of ["/admin/entries", "/admin/entry/shop/3", "/admin/hot", "/admin/big"]) {
      expect((await get(path, "reader")).status).toBe(403);
      expect((await fetch(server.url + path)).status).toBe(401);
    }
    expect((await get("/admin/entry/other/1", "shop")).status).toBe(403);
    expect((await get("/admin/entries?prefix=other/", "shop")).status).toBe(403);
    expect((await json("/admin/big", "shop")).entries.every(({ key }) => key.startsWith("shop/"))).toBeTrue();
  });

  test("what is asked amiss is said", async () => {
    for (const query of ["count=0", "count=1001", "count=x", "cursor=x", "what=1"]) {
      const response = await get(`/admin/entries?${query}`);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        400,
        "bad_query",
      ]);
    }
  });
});

describeKinds((where, env) => {
  test("whichever worker answers, the rankings are those of the whole instance", async () => {
    const server = await startServer({ CACHEE_API_KEYS: KEYS, CACHEE_LOG: "error", ...env() });
    try {
      await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
      // A connection of its own for each, so that several workers are asked.
      const headers = { "x-api-key": SECRET, connection: "close" };
      for (let i = 1; i <= 40; i++) {
        await fetch(`${server.url}/cache/k${i}`, { method: "PUT", headers, body: "v".repeat(100 * i) });
      }
      for (let i = 0; i < 60; i++) await (await fetch(`${server.url}/cache/k7`, { headers })).text();
      const keys = async (path: string) =>
        ((await (await fetch(server.url + path, { headers })).json()) as Page).entries.map(({ key }) => key);
      for (let i = 0; i < 12; i++) {
        expect([where, await keys("/admin/big?count=3")]).toEqual([where, ["k40", "k39", "k38"]]);
        expect([where, await keys("/admin/hot?count=1")]).toEqual([where, ["k7"]]);
      }
      const pages = await Promise.all(Array.from({ length: 10 }, () => keys("/admin/big?prefix=k1&count=2")));
      for (const page of pages) expect(page).toEqual(["k19", "k18"]);
    } finally {
      await server.stop();
    }
  });
});

test("the largest and the hottest come first", async () => {
  const server = await startServer({ CACHEE_API_KEYS: KEYS });
  try {
    const headers = { "x-api-key": SECRET };
    for (let i = 1; i <= 20; i++) {
      await fetch(`${server.url}/cache/k${i}`, { method: "PUT", headers, body: "v".repeat(100 * i) });
    }
    for (let i = 0; i < 50; i++) await (await fetch(`${server.url}/cache/k7`, { headers })).text();
    const big = (await (await fetch(`${server.url}/admin/big?count=3`, { headers })).json()) as Page;
    expect(big.entries.map(({ key, bytes }) => [key, bytes])).toEqual([
      ["k20", 2_000],
      ["k19", 1_900],
      ["k18", 1_800],
    ]);
    const hot = (await (await fetch(`${server.url}/admin/hot?count=1`, { headers })).json()) as Page;
    expect(hot.entries[0]!.key).toBe("k7");
  } finally {
    await server.stop();
  }
});
