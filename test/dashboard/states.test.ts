// What the page says of an instance in trouble, and what operators do on it, in a real Chromium against real servers.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { faultsOfAxe, figure, KEY, KEYS, openBoard, picture, textOf } from "./board.ts";
import { dashboardFiles } from "../../src/dashboard/files.ts";
import { startBrowser } from "../support/browser.ts";
import { freePort, startRedis, type RedisServer } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startServer, type RunningServer, type ServerEnv } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(90_000);

const headers = { "x-api-key": KEY };

let browser: Browser;
let redis: RedisServer;
const servers: RunningServer[] = [];

beforeAll(async () => {
  [browser, redis] = await Promise.all([startBrowser(), startRedis()]);
});

afterAll(async () => {
  redis?.signal("SIGCONT");
  await browser?.close();
  await Promise.all(servers.map((server) => server.stop()));
  await redis?.stop();
});

async function start(env: ServerEnv = {}): Promise<RunningServer> {
  const server = await startServer({ CACHEE_API_KEYS: KEYS, CACHEE_LOG: "error", ...env });
  servers.push(server);
  await until(async () => (await fetch(`${server.url}/health/ready`)).status === 200);
  return server;
}

test("with Redis hung it is degraded, by what clients get, and healthy again once Redis is back", async () => {
  const server = await start({ CACHEE_REDIS_URL: redis.url });
  const { page, faults, close } = await openBoard(browser, server);
  await until(async () => (await textOf(page, "#status")) === "Healthy");
  expect(await figure(page, "l2State")).toBe("Connected");
  const traffic = { isOver: false };
  const misses = (async () => {
    for (let i = 0; !traffic.isOver; i++)
      await (await fetch(`${server.url}/cache/none${i}`, { headers })).text();
  })();
  redis.signal("SIGSTOP");
  await until(async () => (await textOf(page, "#status")) === "Degraded");
  await until(async () => (await textOf(page, "#reasons")).includes("l2_unavailable"));
  expect(await textOf(page, "#reasons")).toContain("Redis does not answer");
  await until(async () => (await figure(page, "byCode")).startsWith("l2_unavailable"));
  expect(await figure(page, "byStatus")).toStartWith("503");
  await until(async () => (await textOf(page, "#fleet-note")).includes("registry in Redis does not answer"));
  expect(await page.title()).toBe("Degraded – Cachee");
  await until(async () => (await textOf(page, "#events")).includes("Redis does not answer"));
  await picture(page, "redis-hung");
  expect(await faultsOfAxe(page)).toEqual([]);
  redis.signal("SIGCONT");
  await until(async () => (await textOf(page, "#status")) === "Healthy");
  traffic.isOver = true;
  await misses;
  await picture(page, "recovered");
  expect(faults).toEqual([]);
  await close();
});

test("before Redis was ever reached it is starting, and says so", async () => {
  const env = { CACHEE_API_KEYS: KEYS, CACHEE_LOG: "silent" };
  const server = await startServer({ ...env, CACHEE_REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
  servers.push(server);
  const { page, faults, close } = await openBoard(browser, server);
  await until(async () => (await textOf(page, "#status")) === "Starting");
  expect(await textOf(page, "#reasons")).toContain("has not reached Redis yet");
  await picture(page, "starting");
  expect(await faultsOfAxe(page)).toEqual([]);
  expect(faults).toEqual([]);
  await close();
});

test("one of many: the fleet is a table whose rows lead to the others", async () => {
  const env = { CACHEE_REDIS_URL: redis.url, CACHEE_HEARTBEAT_MS: "300", CACHEE_CONTROL_PLANE: "on" };
  const fleet = await Promise.all([1, 2, 3].map((i) => start({ ...env, CACHEE_INSTANCE_ID: `cache-${i}` })));
  const { page, faults, close } = await openBoard(browser, fleet[1]!);
  const rows = page.locator("#fleet-body tr");
  await until(async () => (await rows.count()) >= 3);
  await until(async () => (await page.locator("#fleet-body").innerText()).includes("Leader"));
  const own = rows.filter({ hasText: "cache-2" });
  expect(await own.innerText()).toContain("shown");
  const addresses = await page
    .locator("#fleet-body a")
    .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href));
  // Whom nobody asks has no latency.
  const idle = rows.filter({ hasText: "cache-3" });
  await until(async () => (await idle.locator('[data-label="p99"]').innerText()) === "–");
  expect(await idle.locator('[data-label="Hit rate"]').innerText()).toBe("–");
  for (const { url } of fleet) expect(addresses).toContain(`${url}/dashboard`);
  await picture(page, "one-of-many");
  expect(await faultsOfAxe(page)).toEqual([]);
  expect(faults).toEqual([]);
  await close();
});

test("every event of the log that an operator is told of has words on the page", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/operations.md")).text();
  const words = (await dashboardFiles()).get("sections/events.js")!.text;
  const rows = [
    ...page.matchAll(/^\| (`[a-z0-9_]+`(?:, `[a-z0-9_]+`)*) +\| (info|warn|error|warn, info) /gm),
  ];
  const events = rows.flatMap(([, names]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(events.length).toBeGreaterThan(30);
  // Changes that operators make are told in the log alone.
  expect(events.filter((event) => event !== "audit" && !words.includes(`${event}:`))).toEqual([]);
});

test("all lanes show, and count in the load; idle is a dash", async () => {
  const respPort = await freePort();
  const server = await start({ CACHEE_RESP_PORT: String(respPort), CACHEE_WORKERS: "2" });
  const { page, faults, close } = await openBoard(browser, server);
  await until(async () => (await textOf(page, "#status")) === "Healthy");
  expect(await figure(page, "fastP50")).toBe("–");
  await picture(page, "no-data");
  expect(await page.locator('[data-panel="resp"]').isVisible()).toBe(false);
  const resp = await RespConnection.open(respPort, KEY);
  await resp.ask("SET", "k", "v");
  const traffic = { isOver: false };
  const reads = (async () => {
    while (!traffic.isOver) await resp.ask("GET", "k");
  })();
  await until(async () => Number.parseFloat(await figure(page, "respRate")) > 10);
  await until(async () => (await figure(page, "respP99")).endsWith("s"));
  const rps = page.locator('#fleet-body td[data-label="Requests/s"]').first();
  await until(async () => Number((await rps.innerText()).replace(",", "")) > 10);
  await picture(page, "lanes");
  traffic.isOver = true;
  await reads;
  await until(async () => (await figure(page, "respP50")) === "–");
  expect(faults).toEqual([]);
  await close();
});

test("while it drains the page says so", async () => {
  const server = await start({ CACHEE_REDIS_URL: redis.url, CACHEE_WORKERS: "2" });
  const { page, close } = await openBoard(browser, server);
  await until(async () => (await textOf(page, "#status")) === "Healthy");
  const stopped = server.stop();
  await until(async () => ["Draining", "Connection lost"].includes(await textOf(page, "#status")));
  await picture(page, "draining");
  await stopped;
  await until(async () => (await textOf(page, "#status")) === "Connection lost");
  await close();
});

test("a page that is opened late shows what was before", async () => {
  const server = await start();
  // The server keeps a point each ten seconds.
  await until(
    async () =>
      (
        (await (await fetch(`${server.url}/stats/history`, { headers })).json()) as {
          points: readonly object[];
        }
      ).points.length >= 2,
    30_000,
  );
  const { page, faults, close } = await openBoard(browser, server);
  // A machine that is busy has been in another state meanwhile.
  await until(async () => /for (at least )?([1-9]\d s|\d+ min)/.test(await textOf(page, "#since")));
  await page.getByLabel("Show").selectOption("3600");
  await page.locator(".chart").first().focus();
  await page.keyboard.press("ArrowLeft");
  expect(faults).toEqual([]);
  await close();
});

test("an operator looks a key up, deletes it, and invalidates a tag, each after being asked", async () => {
  const server = await start();
  for (const [key, tag] of [
    ["a b/ü?", "blue"],
    ["other", "blue"],
    ["third", "red"],
  ] as const) {
    const fields = { ...headers, "content-type": "text/plain", "cache-tag": tag };
    const url = `${server.url}/cache/${key.split("/").map(encodeURIComponent).join("/")}`;
    await fetch(url, { method: "PUT", headers: fields, body: `<b>value of ${key}</b>` });
    for (let i = 0; i < 5; i++) await (await fetch(url, { headers })).text();
  }
  const { page, faults, close } = await openBoard(browser, server);
  const said = () => textOf(page, "#keys-said");
  await page.getByLabel("Key", { exact: true }).fill("a b/ü?");
  await page.getByRole("button", { name: "Look up" }).click();
  await until(async () => (await said()).includes("This is the entry"));
  expect(await textOf(page, "#entry-preview")).toBe("<b>value of a b/ü?</b>");
  expect(await textOf(page, "#entry-facts")).toContain("blue");
  await page.getByRole("button", { name: "Most read" }).click();
  await until(async () => (await page.locator("#ranking li").count()) > 0);
  await picture(page, "keys");
  expect(await faultsOfAxe(page)).toEqual([]);
  const status = async (key: string) =>
    (await fetch(`${server.url}/cache/${encodeURIComponent(key)}`, { headers })).status;

  await page.getByRole("button", { name: "Delete this key" }).click();
  await picture(page, "confirm");
  await page.keyboard.press("Escape");
  expect(await page.locator("#entry").isVisible()).toBe(true);
  await page.getByRole("button", { name: "Delete this key" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await until(async () => (await said()) === "a b/ü? is deleted.");
  expect((await fetch(`${server.url}/cache/a%20b/%C3%BC%3F`, { headers })).status).toBe(404);

  await page.getByLabel("Tag or prefix").fill("blue");
  await page.getByRole("button", { name: "Invalidate", exact: true }).click();
  await page.locator("#confirm-yes").click();
  await until(async () => (await said()) === "1 entry is gone.");
  expect([await status("other"), await status("third")]).toEqual([404, 200]);
  expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
  await close();
});

test("a key without the scope admin sees figures, and is told what it may not", async () => {
  const server = await start();
  const { page, close } = await openBoard(browser, server, "states-reader-secret", {
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
  });
  await until(async () => (await textOf(page, "#status")) === "Healthy");
  await until(async () => (await textOf(page, "#events-note")).includes("scope admin"));
  await page.getByLabel("Key", { exact: true }).fill("k");
  await page.getByRole("button", { name: "Look up" }).click();
  await until(async () => (await textOf(page, "#keys-said")).includes("no right"));
  await picture(page, "no-rights");
  expect(await faultsOfAxe(page)).toEqual([]);
  await close();
});

test("a word's meaning is shown to the pointer and to the keyboard", async () => {
  const server = await start();
  const { page, close } = await openBoard(browser, server);
  const word = page.getByRole("button", { name: "Evictions" });
  const meaning = page.getByText("Entries that left L1 to make room");
  expect(await meaning.isVisible()).toBe(false);
  await word.hover();
  expect(await meaning.isVisible()).toBe(true);
  await page.mouse.move(0, 0);
  await word.focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  expect(await meaning.isVisible()).toBe(true);
  await close();
});

test("the whole page is at most 200 KB, before any compression", async () => {
  let bytes = 0;
  for (const { text } of (await dashboardFiles()).values()) bytes += Buffer.byteLength(text);
  expect(bytes).toBeLessThanOrEqual(200_000);
});
