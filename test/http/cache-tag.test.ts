// Cache-Tag on hits: told to keys with the scope admin, byte for byte as it was put, in both lanes, hot or not.

import { expect, test } from "bun:test";
import { createTestApp, SECRET } from "../support/app.ts";

test("the tags are told to keys with the scope admin alone", async () => {
  const { send } = createTestApp();
  const tags = "blue, two words, \u00c3\u00a9";
  await send("/cache/tagged", { method: "PUT", body: "v", headers: { "cache-tag": tags } });
  await send("/cache/plain", { method: "PUT", body: "v" });
  const told = async (key: string, init: RequestInit, secret = SECRET) => {
    const headers = { ...(init.headers as Record<string, string> | undefined), "x-api-key": secret };
    return (await send(`/cache/${key}`, { ...init, headers })).headers.get("cache-tag");
  };
  for (let i = 0; i < 4; i++) {
    for (const init of [{}, { method: "HEAD" }, { headers: { "if-match": "*" } }]) {
      expect(await told("tagged", init)).toBe(tags);
      expect(await told("tagged", init, "reader-secret")).toBeNull();
      expect(await told("plain", init)).toBeNull();
    }
    // A 304 says what is the same for all.
    expect(await told("tagged", { headers: { "if-none-match": "*" } })).toBeNull();
  }
});
