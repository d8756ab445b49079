// Holds src/ to the page ARCHITECTURE.md: who may import whom; and to the house style that can be checked.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");
const SOURCE = join(ROOT, "src");
const LINES_MAX = 300;

const filesIn = (folder: string) =>
  [...new Glob("**/*.ts").scanSync(join(ROOT, folder))].map((name) => join(folder, name));
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
/** The first folder below src/, or `.` for the files beside them. */
const roomOf = (path: string) => {
  const parts = relative(SOURCE, path).split("/");
  return parts.length === 1 ? "." : parts[0]!;
};

function allowedImports(): Map<string, ReadonlySet<string> | "all"> {
  const rooms = new Map<string, ReadonlySet<string> | "all">();
  for (const line of read("ARCHITECTURE.md").split("\n")) {
    const row = /^\| `([a-z.]+)` +\|[^|]*\|([^|]*)\|$/.exec(line);
    if (row === null) continue;
    const names = [...row[2]!.matchAll(/`([a-z]+)`/g)].map((match) => match[1]!);
    rooms.set(row[1]!, row[2]!.includes("all of them") ? "all" : new Set(names));
  }
  return rooms;
}

test("imports follow the table", () => {
  const rooms = allowedImports();
  const faults: string[] = [];
  for (const file of filesIn("src")) {
    const room = roomOf(join(ROOT, file));
    const allowed = rooms.get(room);
    if (allowed === undefined) faults.push(`${file}: the table has no room ${room}`);
    for (const [, specifier = ""] of read(file).matchAll(/from "(\.{1,2}\/[^"]+)"/g)) {
      if (specifier.endsWith(".json")) continue;
      const other = roomOf(join(ROOT, dirname(file), specifier));
      if (other === room || allowed === "all" || allowed?.has(other)) continue;
      faults.push(`${file} imports ${specifier}`);
    }
  }
  expect(faults).toEqual([]);
});

test("every file opens with a sentence, is short, and exports no default", () => {
  const faults: string[] = [];
  for (const file of [...filesIn("src"), ...filesIn("test"), ...filesIn("bench")]) {
    const text = read(file);
    const lines = text.split("\n");
    if (!/^\/\/ [A-Z`/].*/.test(lines[0]!)) faults.push(`${file} does not open with a sentence`);
    if (lines.length > LINES_MAX + 1) faults.push(`${file} has ${lines.length} lines`);
    if (/^export default|^export \* from|\bas [a]ny\b|@ts-[i]gnore/m.test(text))
      faults.push(`${file} exports or casts amiss`);
    if (/\bfrom "\.[^"]*(?<!\.ts|\.json|\.html)"/.test(text))
      faults.push(`${file} imports without an extension`);
  }
  expect(faults).toEqual([]);
});
