// The client as the package publishes it, on Node and in Chromium, over both transports: the cases that Bun runs, too.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { openPage, startBrowser } from "../support/browser.ts";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer } from "../support/server.ts";
import { CASE_COUNTS, type CaseResult } from "./conformance.ts";
import { CONFORMANCE_ENV, READER_SECRET, SECRET } from "./conformance-server.ts";

const ROOT = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "cachee-runtimes-"));
const TRANSPORTS = ["fetch", "websocket"] as const;
type Transport = (typeof TRANSPORTS)[number];

async function bundle(name: string, target: "node" | "browser"): Promise<void> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, `${name}.ts`)],
    target,
    outdir: folder,
    naming: `${name}.mjs`,
  });
  expect(built.success).toBeTrue();
}

beforeAll(async () => {
  const made = Bun.spawn([...BUN_COMMAND, join(ROOT, "deploy/package.ts"), join(folder, "package")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(await made.exited).toBe(0);
  await bundle("conformance-runner", "node");
  await bundle("conformance", "browser");
});
afterAll(() => rmSync(folder, { recursive: true }));

function expectAll(results: readonly CaseResult[], transport: Transport): void {
  expect(results.filter(({ fault }) => fault !== "")).toEqual([]);
  expect(results.length).toBe(CASE_COUNTS[transport]);
}

async function onNode(url: string, transport: Transport): Promise<CaseResult[]> {
  const module = join(folder, "package/client.js");
  const given = [module, url, SECRET, READER_SECRET, transport];
  const child = Bun.spawn(["node", join(folder, "conformance-runner.mjs"), ...given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(await child.stdout.text()) as CaseResult[];
}

/** In a page of another origin than the server's. */
async function inChromium(
  browser: Browser,
  page: string,
  url: string,
  transport: Transport,
): Promise<CaseResult[]> {
  const watched = await openPage(browser);
  try {
    await watched.page.goto(page);
    const options = { url, apiKey: SECRET, readerKey: READER_SECRET };
    const near = transport === "fetch" ? {} : { nearCache: {} };
    const script = `(async (options) => {
      const client = await import("/package/client.js");
      const { conformance } = await import("/conformance.mjs");
      return await conformance(client, options);
    })(${JSON.stringify({ ...options, ...near })})`;
    return await watched.page.evaluate<CaseResult[]>(script);
  } finally {
    await watched.close();
  }
}

for (const transport of TRANSPORTS) {
  test(`over ${transport}, on Node`, async () => {
    const server = await startServer(CONFORMANCE_ENV);
    try {
      expectAll(await onNode(server.url, transport), transport);
    } finally {
      await server.stop();
    }
  });
}

test("in Chromium, over both transports, from an origin that CACHEE_CORS_ORIGINS allows", async () => {
  using pages = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/")
        return new Response("<!doctype html><link rel=icon href=data:,>", {
          headers: { "content-type": "text/html" },
        });
      return new Response(Bun.file(join(folder, pathname)), {
        headers: { "content-type": "text/javascript" },
      });
    },
  });
  const origin = `http://127.0.0.1:${pages.port}`;
  const browser = await startBrowser();
  try {
    for (const transport of TRANSPORTS) {
      const server = await startServer({ ...CONFORMANCE_ENV, CACHEE_CORS_ORIGINS: origin });
      try {
        expectAll(await inChromium(browser, origin, server.url, transport), transport);
      } finally {
        await server.stop();
      }
    }
  } finally {
    await browser.close();
  }
});
