// The table of settings: each row alone makes the setting, its type and its help.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { userPages } from "../docs/pages.ts";
import { helpText, SETTINGS, type Setting } from "../../src/base/settings/table.ts";
import { readSettings, SettingError } from "../../src/base/settings/settings.ts";

const MEMORY_BYTES = 1024 ** 3;
const rows = Object.entries<Setting<unknown>>(SETTINGS);

test.each(rows)("%s: its default is of its own type, and --help has its line", (_, row) => {
  if (row.default !== undefined) expect(row.type.read(row.default, MEMORY_BYTES)).toBeDefined();
  const line = helpText("bun run start")
    .split("\n")
    .find((one) => one.trim().split(" ")[0] === row.name);
  expect(line).toContain(row.default || "none");
  expect(line).toContain(row.what);
});

test("an empty environment gives every default", () => {
  const settings = readSettings({}, MEMORY_BYTES);
  expect(Object.keys(settings)).toEqual(Object.keys(SETTINGS));
  expect(settings).toMatchObject({
    host: "127.0.0.1",
    port: 3000,
    unix: undefined,
    redisUrls: [],
    l1BytesMax: MEMORY_BYTES / 4,
    valueBytesMax: 8 * 1024 ** 2,
    eviction: "adaptive",
    workers: 1,
    pinCpus: false,
    corsOrigins: [],
  });
  expect(settings.instanceId).toMatch(/^[0-9a-f-]{36}$/);
});

test.each(rows)("%s: a value that does not fit is one sentence with its name", (_, row) => {
  const misfit = "\u0000 no setting takes this, not even as a text";
  if (row.type.read(misfit, MEMORY_BYTES) !== undefined) return;
  const reading = () => readSettings({ [row.name]: misfit }, MEMORY_BYTES);
  expect(reading).toThrow(SettingError);
  expect(reading).toThrow(`${row.name} must be ${row.type.form}`);
});

test("passwords in a Redis URL that is wrong are not repeated", () => {
  expect(() => readSettings({ CACHEE_REDIS_URL: "redsi://u:hunter2@h" })).toThrow(
    /^CACHEE_REDIS_URL must be redis:\/\/ or rediss:\/\/ URLs[^@]*$/,
  );
});

test("pages name no setting that does not exist", () => {
  const root = join(import.meta.dir, "../..");
  const pages = userPages.map((page) => readFileSync(join(root, page), "utf8"));
  const names = new Set(rows.map(([, { name }]) => name));
  const named = new Set(pages.join("\n").match(/\bCACHEE_[A-Z0-9_]+/g));
  // What clients and the command line read, and a server lets be.
  const known = (name: string) => names.has(name) || readSettings({ [name]: "x" }) !== undefined;
  expect([...named].filter((name) => !known(name))).toEqual([]);
});
