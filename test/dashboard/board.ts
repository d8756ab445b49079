// The console as an operator has it open, in a real Chromium: signed in, looked at, photographed.
//
// SCREENSHOTS=DIRECTORY keeps a picture of each state.

import { expect } from "bun:test";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openPage, type WatchedPage } from "../support/browser.ts";

/** Of an operator, and the setting that has it and a reader's. */
export const KEY = "states-test-secret-1";
export const KEYS = `ops:read+write+admin=${KEY},app:read=states-reader-secret`;
const SCREENSHOTS = process.env["SCREENSHOTS"];

export async function openBoard(
  browser: Browser,
  server: { readonly url: string },
  key = KEY,
  options: Parameters<typeof openPage>[1] = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  await watched.page.goto(`${server.url}/dashboard`);
  await watched.page.getByLabel("API key").fill(key);
  await watched.page.keyboard.press("Enter");
  await watched.page.locator("#board").waitFor();
  return watched;
}

/** As a browser does when another tab is shown instead, or this one again. */
export async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

export const textOf = (page: Page, selector: string) => page.locator(selector).first().innerText();
export const figure = (page: Page, name: string) => textOf(page, `[data-figure="${name}"]`);

/** Light and dark, on a desk and on a phone; the page is afterwards as it was. */
export async function picture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  const before = page.viewportSize()!;
  for (const [kind, colorScheme, width, height] of [
    ["light", "light", 1280, 900],
    ["dark", "dark", 1280, 900],
    ["phone", "dark", 390, 844],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${kind}.png`), fullPage: true });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

export async function faultsOfAxe(page: Page): Promise<unknown> {
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run().then(({ violations }) => violations.map((v) => v.id))`);
}
