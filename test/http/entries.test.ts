// The contract of /cache/{key}: reading, writing, deleting, as one client sees it.

import { afterAll, describe, expect, test } from "bun:test";
import type { AppOptions } from "../../src/http/app.ts";
import { createTestApp, SECRET, TRANSPORTS, type TestApp } from "../support/app.ts";

const TEXT = "All work and no play makes a dull cache. ".repeat(40);

describe.each([...TRANSPORTS])("over %s", (transport) => {
  const apps: TestApp[] = [];
  const create = (settings: Partial<AppOptions["settings"]> = {}): TestApp => {
    const app = createTestApp(settings, transport);
    apps.push(app);
    return app;
  };
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
  });

  describe("a write and a read", () => {
    test("PUT answers 201, then 204, with ETag and version; GET gives the value back", async () => {
      const { send } = create();
      const first = await send("/cache/k", {
        method: "PUT",
        body: "one",
        headers: { "content-type": "text/plain" },
      });
      expect(first.status).toBe(201);
      expect(first.headers.get("x-cache-version")).toMatch(/^test-epoch\.\d+$/);
      const second = await send("/cache/k", {
        method: "POST",
        body: "two",
        headers: { "content-type": "text/plain" },
      });
      expect(second.status).toBe(204);
      expect(second.headers.get("etag")).not.toBe(first.headers.get("etag"));
      const read = await send("/cache/k");
      expect(read.status).toBe(200);
      expect(await read.text()).toBe("two");
      expect(read.headers.get("etag")).toBe(second.headers.get("etag"));
      expect(read.headers.get("x-cache-version")).toBe(second.headers.get("x-cache-version"));
      expect(Object.fromEntries(read.headers)).toMatchObject({
        "content-type": "text/plain",
        vary: "Accept-Encoding",
        "cache-control": "private, no-cache",
        "cache-status": "cachee; hit; detail=l1",
        "x-content-type-options": "nosniff",
      });
      expect(read.headers.has("expires")).toBe(false);
    });

    test("a value without Content-Type is octets, an empty one is a value", async () => {
      const { send } = create();
      await send("/cache/empty", { method: "PUT", body: new Uint8Array(0) });
      const read = await send("/cache/empty");
      expect(read.status).toBe(200);
      expect(read.headers.get("content-type")).toBe("application/octet-stream");
      expect((await read.bytes()).length).toBe(0);
    });

    test("the writer's Cache-Control comes back, and its max-age is the TTL", async () => {
      const app = create();
      await app.send("/cache/k", {
        method: "PUT",
        body: "v",
        headers: { "cache-control": 'public, max-age="60"' },
      });
      const read = await app.send("/cache/k");
      expect(read.headers.get("cache-control")).toBe('public, max-age="60"');
      expect(Date.parse(read.headers.get("expires")!)).toBeGreaterThan(Date.now() + 57_000);
      app.advance(60_001);
      expect((await app.send("/cache/k")).status).toBe(404);
    });

    test("a miss is a 404 problem that says so", async () => {
      const { send } = create();
      const miss = await send("/cache/none");
      expect(miss.status).toBe(404);
      expect(miss.headers.get("cache-status")).toBe("cachee; fwd=miss");
      expect(miss.headers.get("content-type")).toBe("application/problem+json");
      expect(await miss.json()).toMatchObject({
        type: "about:blank",
        title: "Not Found",
        status: 404,
        code: "key_not_found",
      });
    });

    test("DELETE is 204, then 404", async () => {
      const { send } = create();
      await send("/cache/k", { method: "PUT", body: "v" });
      expect((await send("/cache/k", { method: "DELETE" })).status).toBe(204);
      expect((await send("/cache/k", { method: "DELETE" })).status).toBe(404);
      expect((await send("/cache/k")).status).toBe(404);
    });
  });

  describe("time to live", () => {
    const cases: readonly (readonly [string, Record<string, string>, number | undefined])[] = [
      ["?ttl=10", { "x-ttl": "20", "cache-control": "max-age=30" }, 10],
      ["", { "x-ttl": "20", "cache-control": "max-age=30" }, 20],
      ["", { "cache-control": "no-transform, Max-Age=30" }, 30],
      ["", { "cache-control": "max-age=30, s-maxage=20" }, 20],
      ["?ttl=0.5", {}, 0.5],
      ["?ttl=59.99700000000001", {}, 59.997],
      ["", { "x-ttl": String(0.1 + 0.2) }, 0.3],
      ["?ttl=31536000", {}, 31_536_000],
      ["", {}, undefined],
    ];
    test.each(cases)("PUT%s with %p lives %p s", async (query, headers, seconds) => {
      const app = create();
      expect((await app.send(`/cache/k${query}`, { method: "PUT", body: "v", headers })).status).toBe(201);
      app.advance((seconds ?? 1e9) * 1_000 - 400);
      expect((await app.send("/cache/k")).status).toBe(200);
      app.advance(1_000);
      expect((await app.send("/cache/k")).status).toBe(seconds === undefined ? 200 : 404);
    });

    test("the default applies where a write gives none", async () => {
      const app = create({ defaultTtlMs: 5_000 });
      await app.send("/cache/k", { method: "PUT", body: "v" });
      app.advance(5_001);
      expect((await app.send("/cache/k")).status).toBe(404);
    });

    test.each(["0", "-1", "31536001", "abc", "", "1e3", "Infinity", "NaN", " 5 x"])(
      "?ttl=%s is refused",
      async (ttl) => {
        const { send } = create();
        const refused = await send(`/cache/k?ttl=${encodeURIComponent(ttl)}`, { method: "PUT", body: "v" });
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({ code: "bad_ttl" });
        expect((await send("/cache/k")).status).toBe(404);
      },
    );
  });

  describe("variants", () => {
    test("the smallest acceptable one is served, each with its own ETag", async () => {
      const { send } = create();
      await send("/cache/k", { method: "PUT", body: TEXT, headers: { "content-type": "text/plain" } });
      const etags = new Set<string | null>();
      for (const coding of ["br", "gzip", "zstd", "identity"]) {
        const read = await send("/cache/k", { headers: { "accept-encoding": coding } });
        expect(read.headers.get("content-encoding")).toBe(coding === "identity" ? null : coding);
        etags.add(read.headers.get("etag"));
      }
      expect(etags.size).toBe(4);
      const none = await send("/cache/k", { headers: { "accept-encoding": "identity;q=0, deflate" } });
      expect(none.status).toBe(406);
    });

    test("large values get theirs off the event loop, and serve the identity meanwhile", async () => {
      const app = create();
      const body = TEXT.repeat(100);
      await app.send("/cache/k", { method: "PUT", body, headers: { "content-type": "text/plain" } });
      const meanwhile = await app.send("/cache/k", { headers: { "accept-encoding": "br" } });
      if (transport === "memory") expect(await meanwhile.text()).toBe(body);
      await app.compressor.idle();
      const then = await app.send("/cache/k", { headers: { "accept-encoding": "br" } });
      expect(then.headers.get("content-encoding")).toBe("br");
      expect(then.headers.get("x-cache-version")).toBe(meanwhile.headers.get("x-cache-version"));
    });

    test("small values and compressed media types are left alone", async () => {
      const app = create();
      await app.send("/cache/small", {
        method: "PUT",
        body: "x".repeat(255),
        headers: { "content-type": "text/plain" },
      });
      await app.send("/cache/photo", {
        method: "PUT",
        body: TEXT.repeat(9),
        headers: { "content-type": "image/jpeg" },
      });
      await app.compressor.idle();
      for (const key of ["small", "photo"]) {
        const read = await app.send(`/cache/${key}`, { headers: { "accept-encoding": "br, gzip, zstd" } });
        expect(read.headers.get("content-encoding")).toBeNull();
      }
    });

    test("compressed uploads are stored decoded", async () => {
      const { send } = create();
      const codecs = { gzip: Bun.gzipSync(TEXT), zstd: Bun.zstdCompressSync(TEXT) };
      for (const [coding, body] of Object.entries(codecs)) {
        const put = await send("/cache/k", { method: "PUT", body, headers: { "content-encoding": coding } });
        expect(put.status).toBeLessThan(300);
        expect(await (await send("/cache/k")).text()).toBe(TEXT);
      }
    });
  });

  describe("conditional writes", () => {
    test("If-None-Match: * stores only when absent", async () => {
      const { send } = create();
      const put = () => send("/cache/k", { method: "PUT", body: "v", headers: { "if-none-match": "*" } });
      expect((await put()).status).toBe(201);
      const again = await put();
      expect(again.status).toBe(412);
      expect(await again.json()).toMatchObject({ code: "precondition_failed" });
    });

    test("If-Match stores and deletes only that version, by the ETag of any coding", async () => {
      const { send } = create();
      const absent = await send("/cache/k", { method: "PUT", body: TEXT, headers: { "if-match": "*" } });
      expect(absent.status).toBe(412);
      await send("/cache/k", { method: "PUT", body: TEXT });
      const br = (await send("/cache/k", { headers: { "accept-encoding": "br" } })).headers.get("etag")!;
      expect(
        (await send("/cache/k", { method: "PUT", body: "w", headers: { "if-match": '"other"' } })).status,
      ).toBe(412);
      expect(
        (await send("/cache/k", { method: "PUT", body: "w", headers: { "if-match": `W/${br}` } })).status,
      ).toBe(412);
      expect(
        (await send("/cache/k", { method: "PUT", body: "w", headers: { "if-match": `"x", ${br}` } })).status,
      ).toBe(204);
      expect((await send("/cache/k", { method: "DELETE", headers: { "if-match": br } })).status).toBe(412);
      expect((await send("/cache/k", { method: "DELETE", headers: { "if-match": "*" } })).status).toBe(204);
    });
  });

  test("authorization: scopes, prefixes, hashed secrets, Bearer", async () => {
    const { send } = create();
    await send("/cache/shop/a", { method: "PUT", body: "v" });
    const status = async (headers: Record<string, string>, path = "/cache/shop/a", method = "GET") =>
      (await send(path, { method, headers, ...(method === "PUT" ? { body: "v" } : {}) })).status;
    expect(await status({ "x-api-key": "wrong" })).toBe(401);
    expect(await status({ "x-api-key": "" })).toBe(401);
    expect(await status({ "x-api-key": SECRET.slice(1) })).toBe(401);
    expect(await status({ "x-api-key": `${SECRET}x` })).toBe(401);
    expect(await status({ authorization: `bearer ${SECRET}` })).toBe(200);
    expect(await status({ authorization: `Basic ${SECRET}` })).toBe(401);
    expect(await status({ "x-api-key": "wrong", authorization: `Bearer ${SECRET}` })).toBe(401);
    expect(await status({ "x-api-key": "reader-secret" })).toBe(200);
    expect(await status({ "x-api-key": "reader-secret" }, "/cache/k", "PUT")).toBe(403);
    expect(await status({ "x-api-key": "writer-secret" })).toBe(403);
    expect(await status({ "x-api-key": "shop-secret" })).toBe(200);
    expect(await status({ "x-api-key": "shop-secret" }, "/cache/other")).toBe(403);
    expect(await status({ "x-api-key": "shop-secret" }, "/cache/shop/../other", "PUT")).toBe(403);
    for (let i = 0; i < 3; i++) expect(await status({ "x-api-key": "digest-secret" })).toBe(200);
  });

  test("every method but those of the contract is a 405 that names them", async () => {
    const { send } = create();
    for (const method of ["PATCH", "OPTIONS"]) {
      const refused = await send("/cache/k", { method });
      expect(refused.status).toBe(405);
      expect(refused.headers.get("allow")).toBe("GET, HEAD, PUT, POST, DELETE");
    }
    expect((await send("/stats", { method: "POST" })).headers.get("allow")).toBe("GET, HEAD");
    expect((await send("/nothing")).status).toBe(404);
  });

  test("x-request-id is echoed when it is well formed, else made", async () => {
    const { send } = create();
    expect((await send("/stats", { headers: { "x-request-id": "abc-1" } })).headers.get("x-request-id")).toBe(
      "abc-1",
    );
    const made = (await send("/stats", { headers: { "x-request-id": "x".repeat(129) } })).headers.get(
      "x-request-id",
    );
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("writes and misses past the rate are refused, hits are not", async () => {
    const app = create({ rateLimit: 2 });
    await app.send("/cache/k", { method: "PUT", body: "v" });
    expect((await app.send("/cache/none")).status).toBe(404);
    const refused = await app.send("/cache/none");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await app.send("/cache/k", { method: "PUT", body: "w" })).status).toBe(429);
    expect(await (await app.send("/cache/k")).text()).toBe("v");
    app.advance(1_000);
    expect((await app.send("/cache/k", { method: "PUT", body: "w" })).status).toBe(204);
  });
});
