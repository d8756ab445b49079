// The table of programs in the README: read, and written by the test run that has WRITE_PROGRAMS_TABLE set.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const README = join(import.meta.dir, "../../README.md");
const BEGIN = "<!-- programs: written by WRITE_PROGRAMS_TABLE=1 bun test test/frameworks -->";
const END = "<!-- end of programs -->";

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly what: string;
  readonly result: string;
}

function parts(): [before: string, table: string, after: string] {
  const text = readFileSync(README, "utf8");
  const from = text.indexOf(BEGIN) + BEGIN.length;
  const to = text.indexOf(END);
  if (from < BEGIN.length || to < 0) throw new Error("the README has no place for the table of programs");
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

export function readTable(): Row[] {
  return parts()[1]
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => {
      const [, name = "", version = "", what = "", result = ""] = line.split("|").map((cell) => cell.trim());
      return { name, version, what, result };
    });
}

export function writeTable(rows: readonly Row[]): void {
  const [before, , after] = parts();
  const head = ["program", "version", "what was run", "result"];
  const cells = rows.map(({ name, version, what, result }) => [name, version, what, result]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  writeFileSync(README, `${before}\n\n${[line(head), rule, ...cells.map(line)].join("\n")}\n\n${after}`);
}
