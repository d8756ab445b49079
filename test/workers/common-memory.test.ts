// Several workers without Redis are one store: what one is told, all know, by whichever connection they are asked.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { startCachee, SECRET, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";

const WORKERS = 3;
/** Connections at a time: enough that each worker has some. */
const CONNECTIONS = 12;
/** A new connection each time: the kernel gives it to any of the workers. */
const apart = { connection: "close" };
let server: CacheeProcess;

beforeAll(async () => {
  server = await startCachee({ CACHEE_WORKERS: String(WORKERS), CACHEE_LOG: "error", CACHEE_RESP_PORT: "0" });
  await server.ready();
});

afterAll(async () => server?.kill());

function everywhere<T>(ask: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: CONNECTIONS }, ask));
}

async function invalidate(target: object): Promise<number> {
  const init = { method: "POST", headers: apart, body: JSON.stringify(target) };
  return ((await (await server.fetch("/invalidate", init)).json()) as { invalidated: number }).invalidated;
}

test("prefixes, tags and everything are invalidated for all at once, and counted once", async () => {
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        server.put(`p${i % 3}/${i}`, `v${round}`, { ...apart, "cache-tag": `t${i % 5}` }),
      ),
    );
    // Everything is in front of some worker.
    await everywhere(async () => (await server.get("p0/0", apart)).text());
    expect(await invalidate({ prefix: "p0/" })).toBe(10);
    const statuses = await everywhere(async () => (await server.get("p0/0", apart)).status);
    expect(new Set(statuses)).toEqual(new Set([404]));
    expect(await invalidate({ tags: ["t1"] })).toBe(4);
    const others = await everywhere(async () => (await server.get("p1/1", apart)).status);
    expect(new Set(others)).toEqual(new Set([404]));
    expect((await server.get("p2/2", apart)).status).toBe(200);
    expect(await invalidate({ all: true })).toBe(16);
    const last = await everywhere(async () => (await server.get("p2/2", apart)).status);
    expect(new Set(last)).toEqual(new Set([404]));
  }
});

test("of many who miss a key one gets the right to fill it, and the others get what it puts", async () => {
  for (let round = 0; round < 5; round++) {
    const key = `lease-${round}`;
    const wait = { ...apart, "x-lease-wait": "5000" };
    const misses: Response[] = [];
    const answers = everywhere(async () => {
      const response = await server.get(key, wait);
      if (response.status === 404) misses.push(response);
      return response;
    });
    await until(() => misses.length > 0);
    const token = misses[0]!.headers.get("x-cache-lease")!;
    expect((await server.put(key, "filled", { ...apart, "x-cache-lease": token })).status).toBe(201);
    const texts = await Promise.all((await answers).filter(({ ok }) => ok).map((answer) => answer.text()));
    expect(texts).toEqual(Array.from({ length: CONNECTIONS - 1 }, () => "filled"));
    expect(misses).toHaveLength(1);
  }
});

test("a right to fill is lost to a write by another worker, and can be given back to any", async () => {
  for (let round = 0; round < 10; round++) {
    const key = `lost-${round}`;
    const grant = async () =>
      (await server.get(key, { ...apart, "x-lease-wait": "0" })).headers.get("x-cache-lease");
    const token = (await grant())!;
    expect(await grant()).toBeNull();
    const release = { method: "DELETE", headers: { ...apart, "x-cache-lease": token } };
    expect((await server.fetch(`/cache/${key}`, release)).status).toBe(204);
    const second = (await grant())!;
    await server.put(key, "other", apart);
    expect((await server.put(key, "late", { ...apart, "x-cache-lease": second })).status).toBe(412);
    expect(await (await server.get(key, apart)).text()).toBe("other");
  }
});

test("what may be served stale is, by whichever worker, while one fills the key", async () => {
  const fields = { ...apart, "cache-control": "max-age=1, stale-while-revalidate=60" };
  await server.put("swr", "old", fields);
  await until(async () => (await server.get("swr", apart)).status === 404);
  const token = (await server.get("swr", { ...apart, "x-lease-wait": "0" })).headers.get("x-cache-lease");
  expect(token).not.toBeNull();
  const stale = await everywhere(async () =>
    (await server.get("swr", { ...apart, "x-lease-wait": "0" })).text(),
  );
  expect(new Set(stale)).toEqual(new Set(["old"]));
  const { entries } = (
    (await (await server.fetch("/stats", { headers: apart })).json()) as { l1: { entries: number } }
  ).l1;
  await server.fetch("/cache/swr", { method: "DELETE", headers: apart });
  const gone = await everywhere(async () =>
    (await server.get("swr", { ...apart, "x-lease-wait": "0" })).text(),
  );
  expect(gone).not.toContain("old");
  expect(entries).toBeLessThan(100);
});

test("conditions hold across workers: of many who would create a key one does", async () => {
  for (let round = 0; round < 20; round++) {
    const statuses = await everywhere(
      async () => (await server.put(`once-${round}`, "x", { ...apart, "if-none-match": "*" })).status,
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(CONNECTIONS - 1);
  }
});

test("Redis's commands by any connection count, scan and change one store", async () => {
  await invalidate({ all: true });
  const command = async (...words: string[]) => {
    const init = {
      method: "POST",
      headers: { ...apart, authorization: `Bearer ${SECRET}` },
      body: JSON.stringify(words),
    };
    return ((await (await server.fetch("/", init)).json()) as { result: unknown }).result;
  };
  await everywhere(async () => {
    for (let i = 0; i < 20; i++) await command("INCR", "counter");
  });
  expect(await command("GET", "counter")).toBe(String(20 * CONNECTIONS));
  await Promise.all(Array.from({ length: 50 }, (_, i) => command("SET", `scanned-${i}`, "v")));
  expect(await everywhere(() => command("DBSIZE"))).toEqual(Array.from({ length: CONNECTIONS }, () => 51));
  const keys = new Set<string>();
  let cursor = "0";
  do {
    const [next, page] = (await command("SCAN", cursor, "COUNT", "7")) as [string, string[]];
    for (const key of page) keys.add(key);
    cursor = next;
  } while (cursor !== "0");
  expect(keys.size).toBe(51);
  expect(await command("SET", "expires", "v", "PX", "50")).toBe("OK");
  await until(async () =>
    (await everywhere(() => command("GET", "expires"))).every((value) => value === null),
  );
});

test("the figures are the instance's, and a crash in the middle of writes leaves a store that works", async () => {
  const pids = async () => (await Bun.$`pgrep -P ${server.pid}`.text()).trim().split("\n").map(Number);
  const state = { isOver: false };
  const writing = everywhere(async () => {
    for (let i = 0; !state.isOver; i++)
      await server.put(`crash-${i % 500}`, "x".repeat(i % 5_000), apart).catch(() => {});
  });
  for (let round = 0; round < 4; round++) {
    const before = await pids();
    const victim = before[round % before.length]!;
    process.kill(victim, "SIGKILL");
    await until(async () => {
      const now = await pids();
      return now.length === WORKERS && !now.includes(victim);
    });
  }
  state.isOver = true;
  await writing;
  await until(async () => {
    const answers = await everywhere(async () => (await server.put("after", "crash", apart)).status).catch(
      () => [],
    );
    return answers.length === CONNECTIONS && answers.every((status) => status < 300);
  });
  const texts = await everywhere(async () => (await server.get("after", apart)).text());
  expect(new Set(texts)).toEqual(new Set(["crash"]));
});
