// Runs what README, docs/ and examples/ show on a console, against a real server, and says how many commands that are.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { until } from "../support/until.ts";
import { consoleBlocks, isPromised, type ConsoleStep } from "./console-blocks.ts";
import { userPages } from "./pages.ts";

const ROOT = join(import.meta.dir, "../..");
const SHOWN_URL = "http://127.0.0.1:3000";
const SHOWN_RESP_PORT = "6380";
const START = "npm start";
const COMMANDS_MIN = 30;
const folder = mkdtempSync(join(tmpdir(), "cachee-console-"));

const pages = userPages.map((path) => ({
  path,
  blocks: consoleBlocks(readFileSync(join(ROOT, path), "utf8")),
}));

let server: RespServer;

beforeAll(async () => {
  // As a newcomer starts it: no key is configured, so it makes one and prints it.
  server = await startRespServer({ CACHEE_API_KEYS: "" });
  await until(() => madeKey() !== "");
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
  const programs = { bun: BUN_COMMAND, cachee: [...BUN_COMMAND, join(ROOT, "src/cli/main.ts")] };
  for (const [name, words] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${quoted(words)} "$@"\n`, { mode: 0o755 });
  symlinkSync(join(ROOT, "examples"), join(folder, "examples"));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const madeKey = () => /^API key of this run: (\S+)$/m.exec(server.stdout())?.[1] ?? "";

/** What a command prints here, with the addresses that the pages show. */
async function printedBy({ command }: ConsoleStep): Promise<string> {
  if (command === START) {
    const lines = server.stdout().split("\n");
    // The RESP lane, which pages open by a setting, says so in a line.
    const printed = lines.filter((line) => !line.includes("Redis clients")).join("\n");
    return printed.replaceAll(server.url, SHOWN_URL);
  }
  const here = command.replaceAll(SHOWN_URL, server.url).replaceAll(SHOWN_RESP_PORT, String(server.respPort));
  const child = Bun.spawn(["sh", "-c", here], {
    cwd: folder,
    env: {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      HOME: folder,
      KEY: madeKey(),
      CACHEE_URL: server.url,
      CACHEE_KEY: madeKey(),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [text] = await Promise.all([child.stdout.text(), child.exited]);
  return text.replaceAll(server.url, SHOWN_URL);
}

for (const { path, blocks } of pages) {
  for (const steps of blocks) {
    test(`${path}: ${steps.map(({ command }) => command).join("; ")}`, async () => {
      for (const step of steps) {
        const printed = await printedBy(step);
        const result = { command: step.command, printed, isPromised: isPromised(step.output, printed) };
        expect(result).toEqual({ ...result, isPromised: true });
      }
    });
  }
}

test("the commands that pages show are counted", () => {
  const counts = pages.map(({ path, blocks }) => [path, blocks.flat().length] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const by = counts.filter(([, count]) => count > 0).map(([path, count]) => `${count} of ${path}`);
  console.log(`commands run by tests: ${total}: ${by.join(", ")}`);
  expect(total).toBeGreaterThanOrEqual(COMMANDS_MIN);
});
