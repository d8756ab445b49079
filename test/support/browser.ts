// A headless Chromium for tests, and pages that note whatever goes wrong on them.

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? Bun.which("chromium");
  if (executablePath === null) {
    throw new Error("chromium is needed: install it (apt-get install chromium) or set CHROMIUM");
  }
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, thrown errors, and violations of the Content-Security-Policy. */
  readonly faults: string[];
  /** Every address that was asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A page in a session of its own. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.addInitScript(`
    addEventListener("securitypolicyviolation", (event) => {
      console.error("policy violation", event.violatedDirective, event.blockedURI, event.sample);
    });
  `);
  return { page, faults, requests, close: () => context.close() };
}
