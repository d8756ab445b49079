// The documents in a real Chromium: light and dark, wide and narrow, with nothing from elsewhere.

import { afterAll, beforeAll, expect, test } from "bun:test";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { openPage, startBrowser } from "../support/browser.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test.each([
  [1_280, "light", "http"],
  [390, "dark", "operations"],
] as const)(
  "at %p px, %s: nothing overflows and axe finds no fault in %s",
  async (width, colorScheme, name) => {
    const { page, faults, requests, close } = await openPage(browser, {
      viewport: { width, height: 800 },
      colorScheme,
    });
    await page.goto(`${server.url}/docs/`);
    await page.click(`main a[href="${name}"]`);
    await page.waitForURL(`${server.url}/docs/${name}`);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    await page.evaluate(axe.source);
    const violations = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map((v) => v.id + " " + v.nodes.map((n) => n.html).join(" ")))`,
    );
    expect(violations).toEqual([]);
    expect(faults).toEqual([]);
    expect(requests.filter((address) => !address.startsWith(server.url))).toEqual([]);
    await close();
  },
);
