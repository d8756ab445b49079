// Follows the links of every page, and the files that pages name.

import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { everyPage, userPages } from "./pages.ts";

const ROOT = join(import.meta.dir, "../..");

test("links between pages lead somewhere", () => {
  const dead: string[] = [];
  for (const page of everyPage) {
    const text = readFileSync(join(ROOT, page), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)/g)) {
      if (target !== "" && !existsSync(join(ROOT, dirname(page), target!))) dead.push(`${page}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

test("files and folders that the pages name in code are there", () => {
  const dead: string[] = [];
  for (const page of [...userPages, "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"]) {
    for (const [, path] of readFileSync(join(ROOT, page), "utf8").matchAll(
      /`((?:src|test|bench|deploy|docs|examples)\/[\w./-]*)`/g,
    )) {
      if (!existsSync(join(ROOT, path!))) dead.push(`${page}: ${path}`);
    }
  }
  expect(dead).toEqual([]);
});
