// Holds docs/operations.md to the code: every log event and every alert is in it, and docs/http.md has every error code.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { STATUS_BY_CODE } from "../../src/base/errors.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const page = read("docs/operations.md");

/** The names in the first column of the table below `heading`. */
function namesBelow(heading: string): string[] {
  const section = page.slice(page.indexOf(`## ${heading}`)).split(/^## /m)[1]!;
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`(\w+)`/g)].map((match) => match[1]!)).sort();
}

test("every log event is described, and no other", () => {
  const events = new Set<string>();
  for (const path of new Glob("src/**/*.ts").scanSync(ROOT)) {
    // What runs on the client's machine logs nothing here.
    if (/^src\/(?:cli|client|dashboard)\//.test(path)) continue;
    for (const [, event] of read(path).matchAll(/\blog\??\.(?:debug|info|record|warn|error)\(\s*"(\w+)"/g))
      events.add(event!);
  }
  expect(namesBelow("Log events")).toEqual([...events].sort());
});

test("every alert is described, and no other", () => {
  const alerts = [...read("deploy/prometheus/alerts.yaml").matchAll(/- alert: (\w+)/g)].map(
    (match) => match[1]!,
  );
  expect(namesBelow("Alerts")).toEqual(alerts.sort());
});

test("every error code is listed with its status", () => {
  const rows = [...read("docs/http.md").matchAll(/^\| (\d{3}) +\| (.*?) +\|$/gm)];
  const listed = rows.flatMap(([, status, codes]) =>
    [...codes!.matchAll(/`(\w+)`/g)].map(([, code]) => [code!, Number(status)] as const),
  );
  expect(Object.fromEntries(listed)).toEqual({ ...STATUS_BY_CODE });
});
