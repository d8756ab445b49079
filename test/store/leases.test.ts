// Leases over HTTP: of many that miss a key, one may fill it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startCachee, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";

let redis: RedisServer;
let alone: CacheeProcess;
let pair: readonly [CacheeProcess, CacheeProcess];

beforeAll(async () => {
  redis = await startRedis();
  const env = { CACHEE_REDIS_URL: redis.url };
  const [a, b, c] = await Promise.all([startCachee(), startCachee(env), startCachee(env)]);
  alone = a;
  pair = [b, c];
  await Promise.all([a, b, c].map((server) => server.ready()));
});

afterAll(async () => {
  await Promise.all([alone, ...(pair ?? [])].map((server) => server?.stop()));
  await redis?.stop();
});

/** Asks for the right to fill, without waiting for another's fill. */
const ASK = { "x-lease-wait": "0" };

async function done(response: Response): Promise<Response> {
  await response.text();
  return response;
}

for (const kind of ["one instance", "two instances"]) {
  describe(`leases, ${kind}`, () => {
    const servers = () => (kind === "one instance" ? [alone, alone] : pair) as [CacheeProcess, CacheeProcess];

    test("of many that miss, one may fill; the others are told when to ask again", async () => {
      const [a, b] = servers();
      const misses = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => done(await (i % 2 ? a : b).get("stampede", ASK))),
      );
      expect(misses.map(({ status }) => status)).toEqual(misses.map(() => 404));
      const leases = misses
        .map(({ headers }) => headers.get("x-cache-lease"))
        .filter((token) => token !== null);
      expect(leases).toHaveLength(1);
      expect(misses.filter(({ headers }) => headers.get("retry-after") === "1")).toHaveLength(39);
      const wrong = { "x-cache-lease": crypto.randomUUID() };
      expect((await a.put("stampede", "x", wrong)).status).toBe(412);
      expect((await b.put("stampede", "filled", { "x-cache-lease": leases[0]! })).status).toBe(201);
      expect(await (await a.get("stampede")).text()).toBe("filled");
      expect((await a.put("stampede", "x", { "x-cache-lease": leases[0]! })).status).toBe(412);
    });

    test("those who would rather wait get the value as soon as it is filled", async () => {
      const [a, b] = servers();
      const token = (await done(await a.get("awaited", ASK))).headers.get("x-cache-lease")!;
      const waiting = Promise.all(
        Array.from({ length: 20 }, async (_, i) =>
          (await (i % 2 ? a : b).get("awaited", { "x-lease-wait": "5000" })).text(),
        ),
      );
      await until(async () => (await (await b.fetch("/stats")).text()).length > 0);
      expect((await a.put("awaited", "at last", { "x-cache-lease": token })).status).toBe(201);
      expect(new Set(await waiting)).toEqual(new Set(["at last"]));
      const hasty = await done(await b.get("not-awaited", ASK));
      expect(hasty.headers.get("x-cache-lease")).not.toBeNull();
      const late = await done(await a.get("not-awaited", { "x-lease-wait": "30" }));
      expect([late.status, late.headers.get("retry-after")]).toEqual([404, "1"]);
    });

    const targets = {
      prefix: { prefix: "marked/p" },
      "a tag that is put": { tags: ["t", "other"] },
      everything: { all: true },
    };
    for (const [name, target] of Object.entries(targets)) {
      test(`an invalidation of ${name} takes the right away, even when it is long done`, async () => {
        const [a, b] = servers();
        const key = `marked/p-${name.length}`;
        const token = (await done(await a.get(key, ASK))).headers.get("x-cache-lease")!;
        const bystander = (await done(await a.get(`bystander-${name.length}`, ASK))).headers.get(
          "x-cache-lease",
        )!;
        expect((await b.fetch("/invalidate", { method: "POST", body: JSON.stringify(target) })).status).toBe(
          200,
        );
        const late = await a.put(key, "old", { "x-cache-lease": token, "cache-tag": "s, t" });
        expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([412, "lease_lost"]);
        expect((await done(await b.get(key))).status).toBe(404);
        const other = await b.put(`bystander-${name.length}`, "v", {
          "x-cache-lease": bystander,
          "cache-tag": "s",
        });
        expect(other.status).toBe(name === "everything" ? 412 : 201);
      });
    }

    test("a deletion takes the right away: what was read before it cannot come back", async () => {
      const [a, b] = servers();
      const token = (await done(await a.get("deleted", ASK))).headers.get("x-cache-lease")!;
      await done(await b.fetch("/cache/deleted", { method: "DELETE" }));
      expect((await a.put("deleted", "old", { "x-cache-lease": token })).status).toBe(412);
    });

    test("while one fills an expired entry, others get it stale for as long as stale-while-revalidate says", async () => {
      const [a, b] = servers();
      const put = await a.put("swr", "old", { "cache-control": "max-age=0.2, stale-while-revalidate=30" });
      let token: string | null = null;
      let etag: string | null = null;
      await until(async () => {
        const response = await done(await a.get("swr", ASK));
        token = response.headers.get("x-cache-lease");
        etag = response.headers.get("etag");
        return response.status === 404;
      });
      expect(token).not.toBeNull();
      // The one who fills may ask its source whether that is still so.
      expect(etag as string | null).toBe(put.headers.get("etag"));
      const stale = await b.get("swr", { ...ASK, "accept-encoding": "identity" });
      expect([stale.status, await stale.text()]).toEqual([200, "old"]);
      expect(stale.headers.get("cache-status")).toContain("stale");
      expect(stale.headers.get("etag")).toBe(put.headers.get("etag"));
      expect((await a.put("swr", "new", { "x-cache-lease": token! })).status).toBe(201);
      await until(async () => (await (await b.get("swr")).text()) === "new");
    });

    test("what was invalidated is not served stale either", async () => {
      const [a, b] = servers();
      const fields = { "cache-control": "max-age=0.2, stale-while-revalidate=30", "cache-tag": "stale" };
      await a.put("swr-gone", "old", fields);
      await until(async () => (await done(await a.get("swr-gone", ASK))).status === 404);
      const body = JSON.stringify({ tags: ["stale"] });
      expect((await b.fetch("/invalidate", { method: "POST", body })).status).toBe(200);
      const miss = await done(await b.get("swr-gone", ASK));
      expect([miss.status, miss.headers.get("etag")]).toEqual([404, null]);
    });
  });
}
