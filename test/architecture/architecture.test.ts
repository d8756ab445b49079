// Holds src/ to the page ARCHITECTURE.md, who may import whom and the tree, and to the house style that can be checked.

import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { circles, pathsIn, read, ROOT, sourceFile, sourceFiles } from "./source.ts";

const LINES_MAX = 300;
const SIBLINGS_MAX = 15;

/** The first folder below src/, or `.` for the files beside them. */
const roomOf = (path: string) => {
  const parts = path.split("/");
  return parts.length === 2 ? "." : parts[1]!;
};

function allowedImports(): Map<string, ReadonlySet<string>> {
  const rooms = new Map<string, ReadonlySet<string>>();
  for (const line of read("ARCHITECTURE.md").split("\n")) {
    const row = /^\| `([a-z.]+)` +\|[^|]*\|([^|]*)\|$/.exec(line);
    if (row === null) continue;
    rooms.set(row[1]!, new Set([...row[2]!.matchAll(/`([a-z]+)`/g)].map((match) => match[1]!)));
  }
  return rooms;
}

const source = sourceFiles("src");

/** The sources of what package.json exports. */
function publishedEntries(): string[] {
  const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, { default?: string }> };
  const names = new Set(Object.values(exports).map((entry) => basename(entry.default ?? "", ".js")));
  return source
    .map(({ path }) => path)
    .filter((path) => names.has(basename(path, ".ts")) && path.startsWith("src/client/"));
}

test("imports follow the table, types too", () => {
  const rooms = allowedImports();
  const faults: string[] = [];
  for (const { path, imports } of source) {
    const room = roomOf(path);
    const allowed = rooms.get(room);
    if (allowed === undefined) faults.push(`${path}: the table has no room ${room}`);
    for (const { target } of imports) {
      if (!target.startsWith("src/") || roomOf(target) === room || allowed?.has(roomOf(target))) continue;
      faults.push(`${path} imports ${target}`);
    }
  }
  expect(faults).toEqual([]);
});

test("no room imports itself by way of others, and every row of the table is needed", () => {
  const rooms = allowedImports();
  const used = new Map([...rooms.keys()].map((room) => [room, new Set<string>()]));
  for (const { path, imports } of source) {
    for (const { target } of imports)
      if (target.startsWith("src/")) used.get(roomOf(path))?.add(roomOf(target));
  }
  const faults: string[] = [];
  for (const [room, allowed] of rooms) {
    for (const other of allowed)
      if (!used.get(room)!.has(other)) faults.push(`${room} does not import ${other}`);
  }
  const reach = (room: string, seen: Set<string>) => {
    for (const other of rooms.get(room) ?? []) if (!seen.has(other)) reach(other, seen.add(other));
    return seen;
  };
  for (const room of rooms.keys())
    if (reach(room, new Set()).has(room)) faults.push(`${room} reaches itself`);
  expect(faults).toEqual([]);
});

test("no files import one another in a circle, types included", () => {
  expect(circles(source)).toEqual([]);
});

test("every export is imported by another file of the product, the benches or the deployment", () => {
  const imported = new Set<string>();
  const addAll = (files: readonly ReturnType<typeof sourceFile>[]) => {
    for (const { imports } of files) {
      for (const { target, names } of imports) for (const name of names) imported.add(`${target} ${name}`);
    }
  };
  addAll(source);
  addAll(sourceFiles("bench"));
  addAll(sourceFiles("deploy"));
  addAll(sourceFiles("examples"));
  // What the npm package exports is there for others.
  const published = new Set(publishedEntries());
  // A type that other declarations of its file mention says what those are made of.
  const isMentioned = (text: string, name: string) =>
    new RegExp(`^export (?:interface|type) ${name}\\b`, "m").test(text) &&
    text.split(new RegExp(`\\b${name}\\b`)).length > 2;
  const dead = source
    .filter(({ path }) => !published.has(path))
    .flatMap(({ path, text, exports }) =>
      exports
        .filter((name) => !imported.has(`${path} ${name}`) && !isMentioned(text, name))
        .map((name) => `${path} ${name}`),
    );
  expect(dead).toEqual([]);
});

test("every file opens with a sentence, is short, and exports no default", () => {
  const faults: string[] = [];
  for (const path of [...pathsIn("src"), ...pathsIn("test"), ...pathsIn("bench")]) {
    const { text, lines } = sourceFile(path);
    if (!/^\/\/ [A-Z`/].*/.test(lines[0]!)) faults.push(`${path} does not open with a sentence`);
    if (lines.length > LINES_MAX + 1) faults.push(`${path} has ${lines.length} lines`);
    if (/^export default|^export \* from|\bas [a]ny\b|@ts-[i]gnore/m.test(text))
      faults.push(`${path} exports or casts amiss`);
    if (/\bfrom "\.[^"]*(?<!\.ts|\.json|\.html)"/.test(text))
      faults.push(`${path} imports without an extension`);
  }
  expect(faults).toEqual([]);
});

test("functions have at most six parameters and sixty lines", async () => {
  const child = Bun.spawn(
    [
      process.execPath,
      "x",
      "oxlint",
      "--config",
      "test/architecture/functions.oxlintrc.json",
      "-f",
      "unix",
      "src",
    ],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const [out] = await Promise.all([child.stdout.text(), child.exited]);
  expect(out.split("\n").filter((line) => line.includes("max-"))).toEqual([]);
});

/** Folders below `folder`, itself first, as paths from src/. */
function foldersIn(folder: string): string[] {
  const below = readdirSync(join(ROOT, folder), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return [folder, ...below.flatMap(({ name }) => foldersIn(`${folder}/${name}`))];
}

test("no folder is crowded", () => {
  const crowded = foldersIn("src").filter(
    (folder) => pathsIn(folder).filter((path) => path === join(folder, basename(path))).length > SIBLINGS_MAX,
  );
  expect(crowded).toEqual([]);
});

test("the tree in ARCHITECTURE.md is the tree on disk", () => {
  const block = /```text\n(src\/[^`]*)```/.exec(read("ARCHITECTURE.md"))?.[1] ?? "";
  const written: string[] = [];
  const parents: string[] = [];
  for (const line of block.split("\n")) {
    const match = /^( *)([\w.-]+)\/?(?: |$)/.exec(line);
    if (match === null) continue;
    const depth = match[1]!.length / 2;
    parents.length = depth;
    parents.push(match[2]!);
    written.push(parents.join("/"));
  }
  const folders = foldersIn("src");
  expect(written.filter((path) => !path.endsWith(".ts")).sort()).toEqual(folders.sort());
  for (const path of written) expect(existsSync(join(ROOT, path))).toBeTrue();
});
