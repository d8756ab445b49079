// Age (RFC 9111 §5.1): answers that may be kept say how much of their time is over, in both lanes, hot or not.

import { expect, test } from "bun:test";
import { createTestApp } from "../support/app.ts";

const put = (cacheControl: string) => ({
  method: "PUT",
  body: "v",
  headers: { "cache-control": cacheControl },
});

test.each<[string, number]>([
  ["public, max-age=60", 60],
  ["max-age=10, s-maxage=90", 90],
])("a value put with %s", async (cacheControl, seconds) => {
  const { send, advance } = createTestApp();
  await send("/cache/k", put(cacheControl));
  let [etag, elapsedS] = ["", 0];
  for (const stepS of [0, 3, 4, 20]) {
    advance(stepS * 1_000);
    elapsedS += stepS;
    for (const headers of [
      {},
      {},
      {},
      { "if-match": "*" },
      { "if-none-match": etag },
      { "if-none-match": etag },
    ]) {
      const hit = await send("/cache/k", { headers });
      const is304 = (headers["if-none-match"] ?? "") !== "";
      expect([hit.status, hit.headers.get("age")]).toEqual([is304 ? 304 : 200, String(elapsedS)]);
      const ttl = seconds - elapsedS;
      expect(hit.headers.get("cache-status")).toBe(`cachee; hit; detail=l1; ttl=${ttl}`);
      etag = hit.headers.get("etag")!;
    }
    const head = await send("/cache/k", { method: "HEAD" });
    expect(head.headers.get("age")).toBe(String(elapsedS));
  }
  advance((seconds - elapsedS) * 1_000 + 1);
  expect((await send("/cache/k")).status).toBe(404);
});

test("a TTL of its own does not change how old a value is, and is not told", async () => {
  const { send, advance } = createTestApp();
  for (const ttl of ["100", "2.5"]) {
    await send(`/cache/k?ttl=${ttl}`, put("public, max-age=4"));
    advance(2_000);
    for (const headers of [{}, {}, {}, { "if-match": "*" }]) {
      const hit = await send("/cache/k", { headers });
      expect([hit.headers.get("age"), hit.headers.get("cache-control")]).toEqual(["2", "public, max-age=4"]);
    }
  }
});

test("a value that says nothing of how long it is fresh has no age, beside ones that do", async () => {
  const { send, advance } = createTestApp();
  await send("/cache/aged", put("max-age=60"));
  await send("/cache/plain", { method: "PUT", body: "v", headers: { "x-ttl": "60" } });
  await send("/cache/private", { method: "PUT", body: "v", headers: { "cache-control": "private" } });
  advance(5_000);
  for (let i = 0; i < 4; i++) {
    expect((await send("/cache/aged")).headers.get("age")).toBe("5");
    const plain = await send("/cache/plain");
    expect([plain.headers.get("age"), plain.headers.get("cache-status")]).toEqual([
      null,
      "cachee; hit; detail=l1",
    ]);
    expect((await send("/cache/private")).headers.get("age")).toBeNull();
  }
});

test("its age and what is left of it change with each second, whatever fraction of one either has", async () => {
  const { send, advance } = createTestApp();
  for (const [ttl, toNextMs] of [
    ["7.3", 300],
    ["9", 1_000],
  ] as const) {
    await send(`/cache/k?ttl=${ttl}`, put("public, max-age=60"));
    const told = async () => {
      const hit = await send("/cache/k");
      return [hit.headers.get("age"), hit.headers.get("cache-status")?.split("; ").at(-1)];
    };
    const seconds = Math.ceil(Number(ttl));
    for (let i = 0; i < 4; i++) expect(await told()).toEqual(["0", `ttl=${seconds}`]);
    advance(toNextMs);
    for (let i = 0; i < 4; i++) expect((await told())[1]).toBe(`ttl=${seconds - 1}`);
    advance(1_000 - (toNextMs % 1_000));
    expect((await told())[0]).toBe(String(Math.floor((toNextMs + 1_000 - (toNextMs % 1_000)) / 1_000)));
  }
});
