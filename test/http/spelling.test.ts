// One spelling of a key means one key, whatever the method, the lane, and the way the request named its host.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask } from "../support/raw-http.ts";
import { rawRequest } from "../support/raw-request.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** How a request may name its host, or not. */
const HOSTS = [
  { version: "HTTP/1.1", host: "Host: cachee.test\r\n" },
  { version: "HTTP/1.1", host: "Host: cachee.test:65535\r\n" },
  { version: "HTTP/1.0", host: "" },
];

interface Sending {
  readonly method: string;
  readonly target: string;
  readonly host?: (typeof HOSTS)[number];
  readonly body?: string;
}

async function send({ method, target, host = HOSTS[0]!, body }: Sending): Promise<string> {
  const fields = `x-api-key: ${server.key}\r\n`;
  const request = rawRequest({ method, target, ...host, fields, ...(body === undefined ? {} : { body }) });
  const response = await ask(server, request);
  if (response.status === 200) return response.body.toString("latin1");
  if (response.status < 400) return String(response.status);
  return (JSON.parse(response.body.toString()) as { code: string }).code;
}

/** Raw targets, each with the one canonical target of the same key. */
const SPELLINGS = [
  ["/cache/plain", "/cache/plain"],
  ["/cache/pl%61in", "/cache/plain"],
  ["/cache/%C3%A9", "/cache/%c3%a9"],
  ["/cache/\xc3\xa9", "/cache/%c3%a9"],
  ["/cache/a/b", "/cache/a/b"],
  ["/cache/a%2Fb", "/cache/a/b"],
  ["/cache/a\\b", "/cache/a/b"],
  ["/cache\\a/b", "/cache/a/b"],
  ["/cache/a%5Cb", "/cache/a%5cb"],
  ["/cache/x/../plain", "/cache/plain"],
  ["/cache/x/%2e%2E/plain", "/cache/plain"],
  ["/cache/./plain", "/cache/plain"],
  ["/x/../cache/plain", "/cache/plain"],
  ["http://other.test/cache/plain", "/cache/plain"],
  ["http://other.test/cache/a\\b", "/cache/a/b"],
  ["/cache/h%23h", "/cache/h%23h"],
  ["/cache/\xef\xbb\xbfbom", "/cache/%ef%bb%bfbom"],
  ["/cache/bom", "/cache/bo%6d"],
  ["/cache/nbsp%C2%A0", "/cache/nbsp\xc2\xa0"],
  ["/cache/q%3Fq", "/cache/q%3fq"],
  ["/cache/q?ttl=9", "/cache/q"],
  ["/cache/two//slashes", "/cache/two/%2fslashes"],
  ["/cache/ends/", "/cache/ends%2f"],
  ["/cache/in/cache/plain", "/cache/in%2fcache/plain"],
  ['/cache/a|b^`{}"<>', "/cache/%61|b%5E%60%7b%7d%22%3C%3e"],
  ["/cache/a+b;c=d,e:f@g!h$i&j'(k)*", "/cache/a%2bb%3bc%3dd%2ce%3af%40g%21h%24i%26j%27%28k%29%2a"],
] as const;

const CANONICAL = [...new Set(SPELLINGS.map(([, canonical]) => canonical))];

test.each(SPELLINGS)("%s is %s", async (spelling, canonical) => {
  for (const host of HOSTS) {
    const body = crypto.randomUUID();
    for (const other of CANONICAL) await send({ method: "PUT", target: other, body: "another" });
    expect(await send({ method: "PUT", target: spelling, host, body })).toBe("204");
    for (const other of CANONICAL) {
      expect(await send({ method: "GET", target: other })).toBe(other === canonical ? body : "another");
    }
    for (const each of HOSTS) {
      expect(await send({ method: "GET", target: spelling, host: each })).toBe(body);
      expect(await send({ method: "GET", target: `${spelling}?x`, host: each })).toBe(body);
    }
    const [withoutQuery] = spelling.split("?");
    expect(await send({ method: "DELETE", target: withoutQuery!, host })).toBe("204");
    expect(await send({ method: "GET", target: canonical })).toBe("key_not_found");
  }
});

test.each([
  ["/cache/", "key_empty"],
  ["/cache/%2e", "key_empty"],
  ["/cache/?x", "key_empty"],
  ["/cache/%zz", "key_bad_escape"],
  ["/cache/%", "key_bad_escape"],
  ["/cache/a%4", "key_bad_escape"],
  ["/cache/%ff", "key_bad_utf8"],
  ["/cache/\xff", "key_bad_utf8"],
  ["/cache/%c0%af", "key_bad_utf8"],
  ["/cache/\xc0\xaf", "key_bad_utf8"],
  ["/cache/%e0%80%af", "key_bad_utf8"],
  ["/cache/%ed%a0%80", "key_bad_utf8"],
  ["/cache/\xed\xa0\x80", "key_bad_utf8"],
  ["/cache/%f4%90%80%80", "key_bad_utf8"],
  ["/cache/%c3", "key_bad_utf8"],
  ["/cache/%00", "key_control_character"],
  ["/cache/a%00b", "key_control_character"],
  ["/cache/a%0d%0ab", "key_control_character"],
  ["/cache/a%7f", "key_control_character"],
  ["/cache/a\x7f", "key_control_character"],
  ["/cache/..%2fplain", "key_ambiguous"],
  ["/cache/a%2f..%2fplain", "key_ambiguous"],
  ["/cache/a%2f.", "key_ambiguous"],
  ["/cache/plain#f", "key_ambiguous"],
  ["/cache/h#h", "key_ambiguous"],
  ["/cache/#", "key_ambiguous"],
  [`/cache/${"k".repeat(513)}`, "key_too_long"],
  [`/cache/${"%6b".repeat(513)}`, "key_too_long"],
  [`/cache/${"%c3%a9".repeat(257)}`, "key_too_long"],
  [`/cache/${"\u00c3\u00a9".repeat(257)}`, "key_too_long"],
  ["/cache", "path_not_found"],
  ["/CACHE/plain", "path_not_found"],
  ["/%63ache/plain", "path_not_found"],
  ["/cache%2fplain", "path_not_found"],
  ["//cache/plain", "path_not_found"],
])("%s is refused: %s", async (target, code) => {
  for (const key of ["plain", "h%23h", "%23", "a/b"]) {
    await send({ method: "PUT", target: `/cache/${key}`, body: "x" });
  }
  for (const host of HOSTS) {
    for (const method of ["GET", "PUT", "POST", "DELETE"]) {
      const body = method.startsWith("P") ? { body: "overwritten" } : {};
      expect(await send({ method, target, host, ...body }), `${method} ${host.version}`).toBe(code);
    }
  }
  expect(await send({ method: "GET", target: "/cache/plain" })).toBe("x");
});

test("/cache/.. is the root, where there is no entry for any method", async () => {
  for (const host of HOSTS) {
    // It leads to the dashboard.
    expect(await send({ method: "GET", target: "/cache/..", host })).toBe("302");
    for (const method of ["PUT", "DELETE"]) {
      const body = method.startsWith("P") ? { body: "overwritten" } : {};
      expect(await send({ method, target: "/cache/..", host, ...body }), method).toBe("method_not_allowed");
    }
    expect(await send({ method: "POST", target: "/cache/..", host, body: "overwritten" })).toBe("bad_json");
  }
});

test("a key of 512 bytes is taken, however it is spelt", async () => {
  for (const key of [
    "k".repeat(512),
    "%6b".repeat(512),
    "\u00c3\u00a9".repeat(256),
    "%f0%9f%98%80".repeat(128),
  ]) {
    const body = crypto.randomUUID();
    expect(await send({ method: "PUT", target: `/cache/${key}`, body })).toMatch(/^20[14]$/);
    expect(await send({ method: "GET", target: `/cache/${key}` })).toBe(body);
  }
});

test.each([
  "Host: a\r\nHost: b\r\n",
  "Host: a\r\nHost: a\r\n",
  "Host: a\r\nhost: \r\n",
  "Host:\r\n",
  "Host: a b\r\n",
  "Host: a/b\r\n",
  "Host: a\\b\r\n",
  "Host: a@b\r\n",
  "Host: a?b\r\n",
  "Host: a#b\r\n",
  "Host: a,b\r\n",
  "Host: a:65536\r\n",
  "Host: a:1:1\r\n",
  "Host: a%2fb\r\n",
  "Host: [::1\r\n",
  "Host: [z]\r\n",
  "Host: 1.2.3.4.5\r\n",
  "Host: \xe9\r\n",
  "Host: http://a\r\n",
])("refused on every path, in either lane: %j", async (host) => {
  await send({ method: "PUT", target: "/cache/plain", body: "x" });
  for (const target of [
    "/cache/plain",
    "/cache/pl%61in",
    "/cache/a/b",
    "/health/live",
    "/stats",
    "/nowhere",
  ]) {
    for (const version of ["HTTP/1.1", "HTTP/1.0"]) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const bad = { version, host };
        const code = await send({ method, target, host: bad, ...(method === "PUT" ? { body: "y" } : {}) });
        expect(code, `${method} ${target} ${version}`).toBe("bad_host");
      }
    }
  }
  expect(await send({ method: "GET", target: "/cache/plain" })).toBe("x");
});
