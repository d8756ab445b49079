// `cachee/client` against real servers: values, conditions, batches, sessions, errors, and one maker for a missing key.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CacheeClient, CacheeClientError } from "../../src/client/client.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let server: RunningServer;
let cache: CacheeClient;
const SECRET = "a-secret-of-the-client-tests";

beforeAll(async () => {
  server = await startServer({
    CACHEE_API_KEYS: `all:read+write+admin=${SECRET},reader:read=${SECRET}-reader`,
    CACHEE_VALUE_BYTES_MAX: "100kb",
  });
  cache = new CacheeClient({ url: server.url, apiKey: SECRET });
});
afterAll(async () => void (await server.stop()));

/** The error that `work` ends with. */
async function errorOf(work: Promise<unknown>): Promise<CacheeClientError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof CacheeClientError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}

describe("values", () => {
  test("come back in the form they were set in", async () => {
    const values: readonly unknown[] = [
      "text with ünïcode",
      "",
      new Uint8Array([0, 255, 128]),
      { name: "Ada", tags: ["a", "b"], nested: { n: 1.5, no: null } },
      [1, 2, 3],
      42,
      true,
      null,
    ];
    for (const [i, value] of values.entries()) {
      await cache.set(`form/${i}`, value);
      expect(await cache.get(`form/${i}`)).toEqual(value);
    }
  });

  test("any key that a URL can carry is one key for every method", async () => {
    for (const key of ["a b", "a/b//c", "ä/ö", "%41", "a?b#c", "a&b=c", "☃", "x%2Fy"]) {
      expect(await cache.set(key, key)).toBeTrue();
      expect(await cache.get<string>(key)).toBe(key);
      expect((await cache.getMany<string>([key])).get(key)).toBe(key);
      expect(await cache.delete(key)).toBeTrue();
      expect(await cache.get(key)).toBeUndefined();
      expect(await cache.delete(key)).toBeFalse();
    }
    for (const key of ["", ".", "a/../b", "\ud83d"]) {
      expect((await errorOf(cache.get(key))).code).toBe("bad_key");
    }
  });

  test("have an ETag, a version, and conditions", async () => {
    expect(await cache.set("conditions", 1, { ifAbsent: true })).toBeTrue();
    expect(await cache.set("conditions", 2, { ifAbsent: true })).toBeFalse();
    const { etag, version, value } = (await cache.entry("conditions"))!;
    expect(value).toBe(1);
    expect(version).toMatch(/^[0-9a-f-]+\.\d+$/);
    expect(await cache.set("conditions", 3, { ifMatch: '"other"' })).toBeFalse();
    expect(await cache.set("conditions", 3, { ifMatch: etag })).toBeTrue();
    expect(await cache.get<number>("conditions")).toBe(3);
  });

  test("many at once, and by tag and prefix at once", async () => {
    const keys = Array.from({ length: 1_500 }, (_, i) => `many/${i}`);
    for (let from = 0; from < keys.length; from += 1_000) {
      const set = keys.slice(from, from + 1_000).map((key) => ({ key, value: { key }, tags: ["many"] }));
      expect((await cache.batch({ set })).set).toBe(set.length);
    }
    const found = await cache.getMany<{ key: string }>([...keys, "many/none"]);
    expect(found.size).toBe(keys.length);
    expect(found.get("many/7")).toEqual({ key: "many/7" });
    await cache.set("many-bytes", new Uint8Array([1, 2, 255]), { tags: ["ünï"] });
    expect((await cache.getMany(["many-bytes"])).get("many-bytes")).toEqual(new Uint8Array([1, 2, 255]));
    expect(await cache.invalidate({ tags: ["ünï"] })).toBe(1);
    expect(await cache.invalidate({ tags: ["many"] })).toBe(1_500);
    expect((await cache.getMany(keys.slice(0, 10))).size).toBe(0);
    await cache.set("under/a", 1);
    expect(await cache.invalidate({ prefix: "under/" })).toBe(1);
  });
});

describe("errors", () => {
  test("carry the server's code and status", async () => {
    const reader = new CacheeClient({ url: server.url, apiKey: `${SECRET}-reader` });
    const forbidden = await errorOf(reader.set("k", 1));
    expect([forbidden.code, forbidden.status, forbidden.isUnavailable]).toEqual(["forbidden", 403, false]);
    const wrong = new CacheeClient({ url: server.url, apiKey: "wrong" });
    expect((await errorOf(wrong.get("k"))).status).toBe(401);
    expect((await errorOf(cache.set("k", "x".repeat(200_000)))).code).toBe("value_too_large");
    expect((await errorOf(cache.set("k", 1, { ttl: -1 }))).code).toBe("bad_ttl");
  });

  test("say when nobody is there, and when the caller gave up", async () => {
    const nobody = new CacheeClient({
      url: "http://127.0.0.1:1",
      apiKey: SECRET,
      retries: 1,
      timeoutMs: 500,
    });
    const unreachable = await errorOf(nobody.get("k"));
    expect([unreachable.code, unreachable.isUnavailable]).toEqual(["unreachable", true]);
    const signal = AbortSignal.abort();
    expect((await errorOf(cache.get("k", { signal }))).code).toBe("aborted");
  });

  test("of a server that never answers are bounded in time", async () => {
    using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const client = new CacheeClient({
      url: `http://127.0.0.1:${silent.port}`,
      apiKey: SECRET,
      retries: 0,
      timeoutMs: 100,
    });
    expect((await errorOf(client.get("k"))).code).toBe("timeout");
  });

  test("of one server lead to the next", async () => {
    const client = new CacheeClient({ url: ["http://127.0.0.1:1", server.url], apiKey: SECRET });
    await client.set("failover", "there");
    expect(await client.get<string>("failover")).toBe("there");
  });
});

describe("a session", () => {
  test("is handed on as a token and asks for what was written at the least", async () => {
    await cache.set("session/ä", "mine");
    const seen: (string | null)[] = [];
    const other = new CacheeClient({
      url: server.url,
      apiKey: SECRET,
      session: cache.session,
      fetch(url, init) {
        seen.push(new Headers(init.headers).get("x-min-version"));
        return fetch(url, init);
      },
    });
    expect(await other.get<string>("session/ä")).toBe("mine");
    expect(seen).toEqual([(await cache.entry("session/ä"))!.version]);
    expect(new CacheeClient({ url: server.url, apiKey: SECRET, session: "?" }).session).toBe(btoa("[]"));
  });
});

describe("getOrSet", () => {
  test("fills once for all callers of two clients", async () => {
    const asked = new Set<string>();
    const asking = (name: string) =>
      new CacheeClient({
        url: server.url,
        apiKey: SECRET,
        fetch(url, init) {
          asked.add(name);
          return fetch(url, init);
        },
      });
    const [one, other] = [asking("one"), asking("other")];
    let fills = 0;
    const fill = async () => {
      fills += 1;
      await until(() => asked.size === 2);
      return { made: fills };
    };
    const callers = Array.from({ length: 100 }, (_, i) =>
      (i % 2 === 0 ? one : other).getOrSet("once", fill, { ttl: 60, tags: ["once"] }),
    );
    const results = await Promise.all(callers);
    expect(fills).toBe(1);
    expect(new Set(results.map((result) => result.made))).toEqual(new Set([1]));
    expect(await cache.getOrSet("once", fill)).toEqual({ made: 1 });
  });

  test("throws what the fill throws, and lets the next caller try at once", async () => {
    const failing = cache.getOrSet("fails", () => Promise.reject(new Error("no")));
    expect(await failing.catch((error: Error) => error.message)).toBe("no");
    const startMs = performance.now();
    expect(await cache.getOrSet("fails", () => "made")).toBe("made");
    // The lease would have lasted 10 s: what is shown is that it was not waited for.
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(await cache.get<string>("fails")).toBe("made");
  });

  test("with a key that may not write asks once, and makes the value here", async () => {
    let asked = 0;
    const reader = new CacheeClient({
      url: server.url,
      apiKey: `${SECRET}-reader`,
      fetch: (url, init) => {
        asked += 1;
        return fetch(url, init);
      },
    });
    expect(await reader.getOrSet("of-a-reader", () => "made")).toBe("made");
    expect(asked).toBe(1);
    expect(await cache.get<string>("of-a-reader")).toBeUndefined();
  });

  test("tells the fill which value has expired, and gives that out while one makes another", async () => {
    const other = new CacheeClient({ url: server.url, apiKey: SECRET });
    await cache.set("swr", "old", { ttl: 0.05, staleWhileRevalidate: 60 });
    const { etag } = (await cache.entry("swr"))!;
    await until(async () => (await cache.entry("swr")) === undefined);
    const filling = Promise.withResolvers<string | undefined>();
    const made = Promise.withResolvers<string>();
    const first = cache.getOrSet(
      "swr",
      ({ staleEtag }) => {
        filling.resolve(staleEtag);
        return made.promise;
      },
      { ttl: 60 },
    );
    expect(await filling.promise).toBe(etag);
    expect(await other.getOrSet("swr", () => "another's")).toBe("old");
    made.resolve("new");
    expect(await first).toBe("new");
    expect(await other.get<string>("swr")).toBe("new");
  });

  test("goes on without a cache", async () => {
    const nobody = new CacheeClient({ url: "http://127.0.0.1:1", apiKey: SECRET, retries: 0 });
    expect(await nobody.getOrSet("k", () => "made")).toBe("made");
  });
});
