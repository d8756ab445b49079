// The dashboard in a real Chromium against real servers: the key, live figures, errors and recovery, sizes, accessibility.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openPage, startBrowser } from "../support/browser.ts";
import { startServer, type RunningServer, type ServerEnv } from "../support/server.ts";
import { until } from "../support/until.ts";
import { openBoard as boardOf, setHidden } from "./board.ts";

setDefaultTimeout(60_000);

const ENTRIES = 40;

let browser: Browser;
let server: RunningServer;
const others: RunningServer[] = [];

beforeAll(async () => {
  [browser, server] = await Promise.all([startBrowser(), startServer()]);
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([server, ...others].map((running) => running?.stop()));
});

/** A server of a single test's own. */
async function startOther(env: ServerEnv = {}): Promise<RunningServer> {
  const other = await startServer(env);
  others.push(other);
  return other;
}

async function enter(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.keyboard.press("Enter");
}

const openBoard = (at: RunningServer, options?: Parameters<typeof openPage>[1]) =>
  boardOf(browser, at, at.key, options);

const figure = (page: Page, name: string) => page.locator(`[data-figure="${name}"]`).first().innerText();
const statusOf = (page: Page) => page.locator("#status").innerText();

/** Writes entries and reads each a few times. */
async function makeTraffic(): Promise<void> {
  const headers = { "x-api-key": server.key };
  for (let i = 0; i < ENTRIES * 5; i++) {
    const url = `${server.url}/cache/k${i % ENTRIES}`;
    const init = i < ENTRIES ? { method: "PUT", headers, body: "value" } : { headers };
    await (await fetch(url, init)).arrayBuffer();
  }
}

test("a wrong key is told so, and is not kept", async () => {
  const { page, faults, close } = await openPage(browser);
  await page.goto(`${server.url}/dashboard`);
  expect(await page.evaluate("document.activeElement.id")).toBe("key");
  await enter(page, "no such key");
  expect(await page.locator("#key-problem").innerText()).toContain("no spaces");
  await enter(page, "wrong");
  await until(async () =>
    (await page.locator("#key-problem").innerText()).includes("does not know this key"),
  );
  expect(await page.locator("#board").isVisible()).toBe(false);
  expect(await page.getByLabel("API key").getAttribute("aria-invalid")).toBe("true");
  expect(await page.evaluate("sessionStorage.length + localStorage.length")).toBe(0);
  // Chromium itself notes every 401.
  expect(faults.filter((fault) => !fault.includes("401 (Unauthorized)"))).toEqual([]);
  await close();
});

test("with the key, figures move with the traffic, and the key stays where it belongs", async () => {
  const { page, faults, requests, close } = await openBoard(server);
  await until(async () => (await statusOf(page)) === "Healthy");
  expect(await figure(page, "entries")).toBe("0");
  await makeTraffic();
  await until(async () => (await figure(page, "entries")) === String(ENTRIES));
  const hits = async () => Number((await figure(page, "fastCount")).replace(",", ""));
  await until(async () => (await hits()) > 0);
  const before = await hits();
  await Promise.all([
    until(async () => Number.parseFloat(await figure(page, "fastRate")) > 0),
    until(async () => (await figure(page, "fastP99")).endsWith("s")),
    (async () => {
      for (let i = 0; i < 20; i++) await makeTraffic();
    })(),
  ]);
  await until(async () => (await hits()) > before);
  expect(await figure(page, "hitRateSinceStart")).toMatch(/^\d+(\.\d+)? %$/);
  expect(await page.locator("#fleet-body tr").count()).toBe(1);
  expect(await page.locator(".card:not([hidden]) .chart canvas").count()).toBe(8);

  expect(await page.evaluate("Object.values(sessionStorage)")).toEqual([server.key]);
  expect(await page.evaluate("localStorage.length")).toBe(0);
  expect(await page.evaluate("document.cookie")).toBe("");
  expect(requests.filter((url) => url.includes(server.key) || !url.startsWith(`${server.url}/`))).toEqual([]);
  await page.reload();
  await page.locator("#board").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  expect(await page.getByLabel("API key").inputValue()).toBe("");
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  expect(faults).toEqual([]);
  await close();
});

test("the charts' cursor moves by the arrow keys, and all cards follow", async () => {
  const { page, faults, close } = await openBoard(server);
  const whens = () => page.locator(".card:not([hidden]) [data-when]").allInnerTexts();
  await until(async () => Number.parseFloat(await figure(page, "coldRate")) > 0);
  await page.locator(".chart").first().focus();
  await page.keyboard.press("ArrowLeft");
  await until(async () => (await whens()).every((text) => /^at \d\d:\d\d:\d\d$/.test(text)));
  await page.keyboard.press("Escape");
  await until(async () => (await whens()).every((text) => text === "now"));
  expect(faults).toEqual([]);
  await close();
});

test("it asks nothing while hidden, and at once when seen again", async () => {
  const { page, requests, close } = await openBoard(server);
  await page.clock.install();
  await setHidden(page, true);
  expect(await statusOf(page)).toBe("Paused");
  await page.clock.runFor(5_000);
  await page.waitForLoadState("networkidle");
  const asked = requests.length;
  await page.clock.runFor(60_000);
  expect(requests.length).toBe(asked);
  await setHidden(page, false);
  await until(async () => requests.length > asked && (await statusOf(page)) === "Healthy");
  await close();
});

test("it says that the connection is lost, recovers, and asks again for a key that has gone", async () => {
  let other = await startOther();
  const { page, faults, close } = await openBoard(other);
  const { port, key } = other;
  await other.stop();
  await until(async () => (await statusOf(page)) === "Connection lost");
  expect(await page.locator("#reasons").innerText()).toContain("The figures are from");
  other = await startOther({ CACHEE_PORT: String(port), CACHEE_API_KEYS: key });
  await until(async () => (await statusOf(page)) === "Healthy");
  expect(await page.locator("#reasons").innerText()).toBe("");
  await other.stop();
  other = await startOther({ CACHEE_PORT: String(port), CACHEE_API_KEYS: "another-secret-altogether" });
  await until(async () => (await page.locator("#key-problem").innerText()).includes("no longer accepts"));
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  expect(faults.filter((fault) => !fault.startsWith("Failed to load resource"))).toEqual([]);
  await close();
});

test.each([
  [390, "dark"],
  [1440, "light"],
] as const)("at %p px, %s, nothing overflows and axe finds no fault", async (width, colorScheme) => {
  const viewport = { width, height: 900 };
  const { page, faults, close } = await openPage(browser, {
    viewport,
    colorScheme,
    reducedMotion: "reduce",
  });
  await page.goto(`${server.url}/dashboard`);
  const check = async () => {
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    await page.evaluate(axe.source);
    const found = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map((v) => v.id + " " + v.nodes.map((n) => n.html).join(" ")))`,
    );
    expect(found).toEqual([]);
  };
  await check();
  await enter(page, server.key);
  await page.locator("#board").waitFor();
  await until(async () => (await statusOf(page)) === "Healthy");
  await check();
  expect(faults).toEqual([]);
  await close();
});
