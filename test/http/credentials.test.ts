// How a request shows its API key: x-api-key first, then Authorization with Bearer or Basic; the same on both lanes.

import { afterAll, describe, expect, test } from "bun:test";
import { createTestApp } from "../support/app.ts";

const { send, close } = createTestApp({}, "socket");
afterAll(close);

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
const CASES: readonly (readonly [string, Record<string, string>, number])[] = [
  ["x-api-key", { "x-api-key": "reader-secret" }, 200],
  ["Bearer", { authorization: "Bearer reader-secret" }, 200],
  ["Basic with the key's name", { authorization: basic("reader:reader-secret") }, 200],
  ["Basic without a name", { authorization: basic(":reader-secret") }, 200],
  ["Basic in lower case", { authorization: basic(":reader-secret").replace("Basic", "basic") }, 200],
  ["Basic with a digest's secret", { authorization: basic("digest:digest-secret") }, 200],
  ["Basic with another key's name", { authorization: basic("writer:reader-secret") }, 401],
  ["Basic with an unknown name", { authorization: basic("nobody:reader-secret") }, 401],
  ["Basic with a wrong secret", { authorization: basic("reader:wrong") }, 401],
  ["Basic without a colon", { authorization: basic("reader-secret") }, 401],
  ["Basic that is no base64", { authorization: "Basic ::" }, 401],
  ["Basic of a key that may not read", { authorization: basic("writer:writer-secret") }, 403],
  ["another scheme", { authorization: "Digest reader-secret" }, 401],
  ["x-api-key goes first", { "x-api-key": "wrong", authorization: "Bearer reader-secret" }, 401],
];

describe.each(CASES)("%s", (_, fields, status) => {
  // The second GET of an entry is answered on the fast lane where the lane recognises the key.
  test.each(["/cache/k", "/cache/k", "/stats"])("GET %s", async (path) => {
    await send("/cache/k", { method: "PUT", body: "v", headers: { "x-api-key": "test-secret" } });
    const answer = await send(path, { headers: fields });
    expect(answer.status).toBe(path === "/stats" && status === 403 ? 200 : status);
    if (status === 401) expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });
});
