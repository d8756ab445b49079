// Runs what docs/command-line.md shows on a console, against a real server, and holds the page to the commands there are.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../src/cli/program.ts";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer, type RunningServer } from "../support/server.ts";
import { consoleBlocks, isPromised } from "./console-blocks.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGE = readFileSync(join(ROOT, "docs/command-line.md"), "utf8");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SHOWN_URL = "http://127.0.0.1:3000";
const folder = mkdtempSync(join(tmpdir(), "cachee-page-"));

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  const command = [...BUN_COMMAND, join(ROOT, "src/cli/main.ts")].map((word) => `'${word}'`).join(" ");
  writeFileSync(join(folder, "cachee"), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

for (const steps of consoleBlocks(PAGE)) {
  test(steps.map(({ command }) => command).join("\n"), async () => {
    for (const { command, output } of steps) {
      const child = Bun.spawn(["sh", "-c", command], {
        cwd: folder,
        env: {
          PATH: `${folder}:${process.env["PATH"] ?? ""}`,
          CACHEE_URL: server.url,
          CACHEE_KEY: server.key,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [text] = await Promise.all([child.stdout.text(), child.exited]);
      const printed = text.replaceAll(server.url, SHOWN_URL);
      const result = { command, printed, isPromised: isPromised(output, printed) };
      expect(result).toEqual({ ...result, isPromised: true });
    }
  });
}

test("the page names every command, and the commands that pages show are counted", () => {
  const missing = program()
    .commands.map((command) => command.name())
    .filter(
      (name) => name !== "serve" && !PAGE.includes(`cachee ${name}`) && !PAGE.includes(`--json ${name}`),
    );
  expect(missing).toEqual([]);
  const counts = [README, PAGE].map((page) => consoleBlocks(page).flat().length);
  console.log(`commands run by tests: ${counts[0]} of README.md, ${counts[1]} of docs/command-line.md`);
  expect(Math.min(...counts)).toBeGreaterThan(5);
});
