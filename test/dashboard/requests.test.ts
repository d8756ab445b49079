// The last requests on the page: of all lanes and workers as they come, filtered, held, and only for operators.
//
// SCREENSHOTS=DIRECTORY keeps a picture.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { type openPage, startBrowser } from "../support/browser.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";
import { openBoard, setHidden } from "./board.ts";

setDefaultTimeout(60_000);

const KEY = "requests-page-operator";
const READER = "requests-page-reader-x";
const KEYS = `ops:read+write+admin=${KEY},app:read=${READER}`;
const SCREENSHOTS = process.env["SCREENSHOTS"];

let browser: Browser;
let server: RespServer;

beforeAll(async () => {
  const env = { CACHEE_API_KEYS: KEYS, CACHEE_WORKERS: "2", CACHEE_LOG: "error" };
  [browser, server] = await Promise.all([startBrowser(), startRespServer(env)]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const ask = async (path: string, key = KEY) =>
  (await fetch(server.url + path, { headers: { "x-api-key": key, "x-request-id": "of-the-test" } })).text();

const open = (key: string, options?: Parameters<typeof openPage>[1]) =>
  openBoard(browser, server, key, options);

const rows = (page: Page) => page.locator("#requests-body tr").allInnerTexts();
const hasRow = async (page: Page, ...words: readonly string[]) =>
  (await rows(page)).some((row) => words.every((word) => row.includes(word)));
const note = (page: Page) => page.locator("#requests-note").innerText();

async function look(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined)
    await page
      .locator("section[aria-labelledby=last-requests]")
      .screenshot({ path: join(SCREENSHOTS, name) });
  await page.evaluate(axe.source);
  const found = await page.evaluate(`axe.run().then(({ violations }) => violations.map((v) => v.id))`);
  expect(found).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
}

test("those of all lanes show as they come, refused ones with why, and can be chosen among", async () => {
  await ask("/cache/before-the-page");
  const { page, faults, close } = await open(KEY);
  await until(async () => hasRow(page, "before-the-page", "404"));
  const resp = await RespConnection.open(server.respPort, READER);
  await resp.ask("GET", "shop/read");
  await resp.ask("SET", "shop/written", "v");
  await ask("/cache/shop/wrong", "a-secret-that-is-wrong");
  await until(async () => hasRow(page, "shop/written", "forbidden", "SET", "Redis", "app"));
  await until(async () => hasRow(page, "shop/wrong", "401 unauthorized", "GET"));
  await until(async () => hasRow(page, "shop/read", "ok"));
  const when = page.locator("#requests-body tr", { hasText: "shop/wrong" }).locator("th");
  expect(await when.getAttribute("title")).toMatch(/^request id of-the-test, worker [01]$/);
  // What the page itself asks for is left out, until it is wanted.
  expect(await hasRow(page, "/stats")).toBeFalse();
  await page.locator("#requests-kind").selectOption("all");
  await until(async () => hasRow(page, "/stats"));
  await page.locator("#requests-kind").selectOption("refused");
  expect(await hasRow(page, "shop/read")).toBeFalse();
  expect(await hasRow(page, "shop/wrong")).toBeTrue();
  await page.locator("#requests-lane").selectOption("resp");
  expect(await hasRow(page, "shop/wrong")).toBeFalse();
  expect(await hasRow(page, "shop/written")).toBeTrue();
  await page.locator("#requests-kind").selectOption("clients");
  await page.locator("#requests-lane").selectOption("");
  await look(page, "requests.png");
  await page.locator("#requests-prefix").fill("nothing-begins-so");
  expect(await note(page)).toBe("None so far.");
  await page.locator("#requests-prefix").fill("shop/");
  expect(await hasRow(page, "before-the-page")).toBeFalse();

  await page.getByRole("button", { name: "Hold" }).click();
  const held = (await rows(page)).length;
  await resp.ask("GET", "shop/held");
  await until(async () =>
    JSON.stringify(await ask("/admin/requests?prefix=shop/held")).includes("shop/held"),
  );
  expect(await note(page)).toContain("Held");
  expect((await rows(page)).length).toBe(held);
  await page.getByRole("button", { name: "Hold" }).click();
  await until(async () => hasRow(page, "shop/held"));
  resp.close();
  expect(faults).toEqual([]);
  await close();
});

test("nothing is followed while the page is hidden; it goes on where it was", async () => {
  const { page, requests, close } = await open(KEY);
  const followed = () => requests.filter((url) => url.endsWith("/admin/requests")).length;
  await until(() => followed() === 1);
  await setHidden(page, true);
  await ask("/cache/while-hidden", "a-secret-that-is-wrong");
  await setHidden(page, false);
  await until(async () => hasRow(page, "while-hidden"));
  expect(followed()).toBe(2);
  await close();
});

test("on a phone they are blocks; a key without the scope admin is told that it may not", async () => {
  const options = { viewport: { width: 390, height: 844 }, colorScheme: "dark" } as const;
  const { page, close } = await open(KEY, options);
  await ask(`/cache/${"a-rather-long-key/".repeat(6)}end`);
  await until(async () => hasRow(page, "a-rather-long-key"));
  await look(page, "requests-phone.png");
  await close();
  const reader = await open(READER, options);
  await until(async () => (await note(reader.page)).includes("scope admin"));
  expect(reader.faults.filter((fault) => !fault.includes("403"))).toEqual([]);
  await reader.close();
});
