// Runs what README.md shows on a console against a real server, and follows the links of every page.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { startServer, type RunningServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { consoleBlocks, isPromised } from "./console-blocks.ts";

const ROOT = join(import.meta.dir, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SHOWN_URL = "http://127.0.0.1:3000";

let server: RunningServer;

beforeAll(async () => {
  // As a newcomer starts it: no key is configured, so it makes one and prints it.
  server = await startServer({ CACHEE_API_KEYS: "" });
  await until(() => madeKey() !== "");
});

afterAll(async () => {
  await server?.stop();
});

const madeKey = () => /^API key of this run: (\S+)$/m.exec(server.stdout())?.[1] ?? "";

const [start, ...others] = consoleBlocks(README);

test("the start prints what README shows", () => {
  const [step] = start!;
  expect(step!.command).toBe("npm start");
  const printed = server.stdout().replaceAll(server.url, SHOWN_URL);
  expect({ printed, isPromised: isPromised(step!.output, printed) }).toEqual({ printed, isPromised: true });
});

for (const steps of others) {
  test(steps.map(({ command }) => command).join("\n"), async () => {
    for (const { command, output } of steps) {
      const child = Bun.spawn(["sh", "-c", command.replaceAll(SHOWN_URL, server.url)], {
        env: { PATH: process.env["PATH"] ?? "", KEY: madeKey() },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [printed] = await Promise.all([child.stdout.text(), child.exited]);
      const result = { command, printed, isPromised: isPromised(output, printed) };
      expect(result).toEqual({ ...result, isPromised: true });
    }
  });
}

test("links between pages lead somewhere", () => {
  const dead: string[] = [];
  for (const page of new Glob("{*.md,{src,test,bench,deploy,docs,examples}/**/*.md}").scanSync(ROOT)) {
    const text = readFileSync(join(ROOT, page), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)/g)) {
      if (target !== "" && !existsSync(join(ROOT, dirname(page), target!))) dead.push(`${page}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

test("files and folders that the pages name in code are there", () => {
  const dead: string[] = [];
  for (const page of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"]) {
    for (const [, path] of readFileSync(join(ROOT, page), "utf8").matchAll(
      /`((?:src|test|bench|deploy|docs|examples)\/[\w./-]*)`/g,
    )) {
      if (!existsSync(join(ROOT, path!))) dead.push(`${page}: ${path}`);
    }
  }
  expect(dead).toEqual([]);
});
