// Conditional requests, negotiation and HEAD, by the examples and tables of RFC 9110 itself.

import { describe, expect, test } from "bun:test";
import { chooseCoding, Preferences } from "../../src/http/request/accept-encoding.ts";
import { matchesStrongly, matchesWeakly, parseEntityTags } from "../../src/http/request/entity-tag.ts";
import { CODINGS, type CodingIndex } from "../../src/record/coding.ts";
import { createTestApp } from "../support/app.ts";

const IDENTITY = 0;
const BR = 1;
const GZIP = 2;

/** The coding chosen for a record with identity, br and gzip, br the smallest. */
function chosen(
  field: string | null,
  bySize: readonly CodingIndex[] = [BR, GZIP, IDENTITY],
): string | undefined {
  const available = bySize.reduce((mask: number, coding) => mask | (1 << coding), 0);
  const coding = chooseCoding(new Preferences().of(field), available, bySize);
  return coding === -1 ? undefined : CODINGS[coding];
}

describe("§12.5.3 Accept-Encoding", () => {
  // The five example fields of the section, then its rules.
  test.each([
    ["compress, gzip", "gzip"],
    ["", "identity"],
    ["*", "br"],
    ["compress;q=0.5, gzip;q=1.0", "gzip"],
    ["gzip;q=1.0, identity; q=0.5, *;q=0", "gzip"],
    [null, "identity"],
    ["identity;q=0", undefined],
    ["*;q=0", undefined],
    ["*;q=0, identity", "identity"],
    ["identity;q=0, *", "br"],
    ["gzip;q=0.5, br;q=0.4", "gzip"],
    ["gzip, br", "br"],
    ["GZip", "gzip"],
    ["x-gzip", "gzip"],
    ["br;q=0, gzip;q=0, *;q=0.1", "identity"],
    ["identity;q=1, br;q=0.9", "identity"],
    ["gzip;q=0.001", "gzip"],
    ["gzip;q=0.000", "identity"],
    ["deflate", "identity"],
    ["gzip;q=1.5", "identity"],
    ["gzip ; q=0.8 , br ; Q=0.9", "br"],
    [", ,gzip,,", "gzip"],
  ])("%p is served %p", (field, coding) => {
    expect(chosen(field)).toBe(coding);
  });

  test("a coding that is not stored cannot be chosen", () => {
    expect(chosen("br, gzip;q=0.5", [GZIP, IDENTITY])).toBe("gzip");
    expect(chosen("br", [IDENTITY])).toBe("identity");
    expect(chosen("br, identity;q=0", [GZIP, IDENTITY])).toBeUndefined();
  });
});

describe("§8.8.3.2 comparison", () => {
  test.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ])("%s against %s: strong %p, weak %p", (one, other, strong, weak) => {
    const tags = parseEntityTags(other, "If-None-Match");
    const oneIsWeak = one.startsWith("W/");
    const opaque = oneIsWeak ? one.slice(2) : one;
    expect(matchesWeakly(tags, opaque)).toBe(weak);
    expect(matchesStrongly(tags, opaque) && !oneIsWeak).toBe(strong);
  });
});

describe("§13.1 preconditions on GET and HEAD", () => {
  // The example fields of §13.1.1 and §13.1.2, with the entry's own tag put in the place of "xyzzy".
  test.each([
    ["If-None-Match", "TAG", 304],
    ["If-None-Match", "W/TAG", 304],
    ["If-None-Match", 'TAG, "r2d2xxxx", "c3piozzzz"', 304],
    ["If-None-Match", 'W/"r2d2xxxx", W/TAG, W/"c3piozzzz"', 304],
    ["If-None-Match", '"r2d2xxxx"', 200],
    ["If-None-Match", "*", 304],
    ["If-None-Match", "xyzzy", 200],
    ["If-Match", "TAG", 200],
    ["If-Match", 'TAG, "r2d2xxxx", "c3piozzzz"', 200],
    ["If-Match", "*", 200],
    ["If-Match", "W/TAG", 412],
    ["If-Match", '"r2d2xxxx"', 412],
  ])("%s: %s is answered %p", async (name, field, status) => {
    const { send } = createTestApp();
    await send("/cache/k", { method: "PUT", body: "v" });
    const etag = (await send("/cache/k")).headers.get("etag")!;
    for (const method of ["GET", "HEAD"]) {
      const answer = await send("/cache/k", { method, headers: { [name]: field.replace("TAG", etag) } });
      expect(answer.status).toBe(status);
      if (status === 304) expect(answer.headers.get("etag")).toBe(etag);
    }
  });

  test("If-Match goes before If-None-Match", async () => {
    const { send } = createTestApp();
    await send("/cache/k", { method: "PUT", body: "v" });
    const headers = { "if-match": '"other"', "if-none-match": "*" };
    expect((await send("/cache/k", { headers })).status).toBe(412);
  });

  test("preconditions are ignored where the answer would not be a 2xx", async () => {
    const { send } = createTestApp();
    expect((await send("/cache/none", { headers: { "if-match": "*" } })).status).toBe(404);
    expect((await send("/cache/none", { headers: { "if-none-match": "*" } })).status).toBe(404);
  });

  test("a 304 tells what the 200 would have of freshness, and nothing of a body", async () => {
    const { send } = createTestApp();
    await send("/cache/k?ttl=60", { method: "PUT", body: "v", headers: { "content-type": "text/html" } });
    const ok = await send("/cache/k");
    const not = await send("/cache/k", { headers: { "if-none-match": ok.headers.get("etag")! } });
    expect(not.status).toBe(304);
    for (const name of ["etag", "cache-control", "expires", "vary"]) {
      expect(not.headers.get(name)).toBe(ok.headers.get(name));
    }
    expect(not.headers.has("content-type")).toBe(false);
    expect(await not.text()).toBe("");
  });
});

test("§9.3.2 HEAD has the fields of GET, and no content", async () => {
  const { send, close } = createTestApp({}, "socket");
  await send("/cache/k", {
    method: "PUT",
    body: "value".repeat(100),
    headers: { "content-type": "text/plain" },
  });
  const get = await send("/cache/k");
  const head = await send("/cache/k", { method: "HEAD" });
  const fields = (response: Response) => {
    const { date: _date, "x-request-id": _id, ...rest } = Object.fromEntries(response.headers);
    return rest;
  };
  expect(fields(head)).toEqual(fields(get));
  expect(head.headers.get("content-length")).toBe("500");
  expect(await head.text()).toBe("");
  await close();
});
