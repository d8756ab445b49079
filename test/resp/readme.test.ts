// The README of the RESP lane names the commands that there are, and no others.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { everyCommand } from "../../src/resp/commands/command-table.ts";

const README = join(import.meta.dir, "../../src/resp/README.md");

/** The names in the list of commands, a subcommand's with its container's before it; options in brackets are left out. */
function documented(): string[] {
  const section = readFileSync(README, "utf8").split("\n## ")[1]!;
  const cells = [...section.matchAll(/^- [a-z]+: (.*)$/gm)].map((match) => match[1]!);
  const names = cells.flatMap((cell) => cell.replaceAll(/\([^)]*\)/g, "").split(","));
  return names.map((name) => name.trim().toLowerCase().replace(" ", "|"));
}

test("the list of commands in the README is the one that runs", () => {
  const commands = everyCommand().filter(
    ({ name, subcommands }) => (subcommands === undefined || name === "command") && !name.endsWith("|help"),
  );
  expect(documented().sort()).toEqual(commands.map(({ name }) => name).sort());
});
