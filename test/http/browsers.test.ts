// What browsers are told of what they are given: what runs is sandboxed, and TLS is come back to.

import { expect, test } from "bun:test";
import { createTestApp, SECRET } from "../support/app.ts";

const INERT = [
  "text/plain",
  "text/plain; charset=utf-8",
  "application/octet-stream",
  "application/json",
  "application/ld+json",
  "image/png",
  "Image/JPEG",
  "video/mp4",
  "font/woff2",
  "text/css",
];
const ACTIVE = [
  "text/html",
  "TEXT/HTML;charset=x",
  "text/html ; x",
  "image/svg+xml",
  "application/xhtml+xml",
  "text/xml",
  "application/xml",
  "application/rss+xml",
  "text/xsl",
  "application/pdf",
  "multipart/x-mixed-replace; boundary=a",
  "message/rfc822",
  "text/plain, text/html",
  "text/html,text/plain",
  "image/png, image/svg+xml",
  "text/plain;a=b,text/html",
  "*/*",
  "x",
];

test.each([...INERT.map((type) => [type, null]), ...ACTIVE.map((type) => [type, "sandbox"])])(
  "%s has the policy %p",
  async (type, policy) => {
    const { send } = createTestApp();
    await send("/cache/k", { method: "PUT", body: "<p>", headers: { "content-type": type! } });
    for (const headers of [{}, {}, {}, { "if-match": "*" }]) {
      const hit = await send("/cache/k", { headers });
      expect(hit.headers.get("content-security-policy")).toBe(policy ?? null);
      expect(hit.headers.get("x-content-type-options")).toBe("nosniff");
    }
  },
);

test("answers over TLS say to come back over TLS, in both lanes; others do not", async () => {
  for (const isSecure of [true, false]) {
    const { app } = createTestApp({}, "memory", { isSecure });
    const origin = isSecure ? "https://cachee.test" : "http://cachee.test";
    const ask = async (path: string, init: RequestInit = {}) =>
      app.fetch(new Request(origin + path, { headers: { "x-api-key": SECRET }, ...init }));
    await ask("/cache/k", { method: "PUT", body: "v" });
    for (const path of ["/cache/k", "/cache/k", "/cache/k", "/cache/none", "/health/live", "/dashboard"]) {
      const field = (await ask(path)).headers.get("strict-transport-security");
      expect([path, field]).toEqual([path, isSecure ? "max-age=31536000" : null]);
    }
  }
});
