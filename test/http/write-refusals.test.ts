// What a write may not say of itself: it is refused before its body is read, and nothing is changed.

import { expect, test } from "bun:test";
import { createTestApp } from "../support/app.ts";

test.each<[string, string, Record<string, string>, string]>([
  ["an unknown query parameter", "?tll=10", {}, "bad_query"],
  ["a misspelt x-ttl", "", { "x-tll": "10" }, "bad_ttl"],
  ["a TTL in another field", "", { "x-cache-ttl": "10" }, "bad_ttl"],
  ["a TTL in a field without x-", "", { ttl: "10" }, "bad_ttl"],
  ["a misspelt max-age", "", { "cache-control": "private, maxage=10" }, "bad_ttl"],
  ["a misspelt s-maxage beside max-age", "", { "cache-control": "max-age=10, S-Max-Age=5" }, "bad_ttl"],
  ["a max-age without =", "", { "cache-control": "max-age 10" }, "bad_ttl"],
  ["a misspelt Cache-Tag", "", { "cache-tags": "a" }, "bad_tag"],
  ["a part of the value", "", { "content-range": "bytes 0-0/2" }, "unsupported_range"],
  ["that it must not be stored", "", { "cache-control": "max-age=5, No-Store" }, "no_store"],
])("%s", async (_, query, headers, code) => {
  const { send } = createTestApp();
  await send("/cache/k", { method: "PUT", body: "before" });
  for (const method of ["PUT", "POST"]) {
    const refused = await send(`/cache/k${query}`, { method, body: "v", headers });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code });
  }
  expect(await (await send("/cache/k?any=thing")).text()).toBe("before");
});

test("DELETE, batches and invalidations have no query parameters", async () => {
  const { send } = createTestApp();
  await send("/cache/k", { method: "PUT", body: "v" });
  expect((await send("/cache/k?ttl=1", { method: "DELETE" })).status).toBe(400);
  const body = JSON.stringify({ keys: ["k"] });
  expect((await send("/invalidate?dry", { method: "POST", body })).status).toBe(400);
  expect((await send("/batch?dry=1", { method: "POST", body: '{"delete":["k"]}' })).status).toBe(400);
  expect((await send("/cache/k")).status).toBe(200);
});
