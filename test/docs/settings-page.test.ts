// Holds docs/settings.md to the table of settings that it is made of.

import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";

const ROOT = join(import.meta.dir, "../..");

/** Without what formatting changes: the width of columns. */
const plain = (page: string) => page.replaceAll(/ *\| */g, "|").replaceAll(/-{3,}/g, "---");

test("the page of settings is what its command makes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cachee-settings-"));
  try {
    const made = join(folder, "settings.md");
    const child = Bun.spawn([...BUN_COMMAND, join(ROOT, "deploy/settings-page.ts"), made]);
    expect(await child.exited).toBe(0);
    const page = readFileSync(join(ROOT, "docs/settings.md"), "utf8");
    expect(plain(page)).toBe(plain(readFileSync(made, "utf8")));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
