// Commands that pages name in passing, and those of `sh` blocks, are there: scripts of package.json, commands and options of
// `cachee`. What pages show on a console is run by console.test.ts.

import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../src/cli/program.ts";
import { everyPage } from "./pages.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
const cachee = program();

/** What of a command there is not. */
function faultOf(command: string): string | undefined {
  const [first, second = "", third = ""] = command.split(/\s+/);
  if (first === "cachee") return faultOfCachee(command.split(/\s+/).slice(1));
  const isScript = first === "npm" ? ["start", "test"].includes(second) : second === "run";
  const script = second === "run" ? third : second;
  if (isScript) return scripts[script] === undefined ? `no script ${script}` : undefined;
  if (first === "bun" && second === "test" && third !== "")
    return existsSync(join(ROOT, third)) ? undefined : `no ${third}`;
  return undefined;
}

function faultOfCachee(words: readonly string[]): string | undefined {
  const named = words.find((word) => /^[a-z]+$/.test(word));
  const command = cachee.commands.find((one) => one.name() === named);
  if (named !== undefined && command === undefined) return `no command ${named}`;
  const options = [...cachee.options, ...(command?.options ?? [])];
  const known = new Set(["--help", ...options.map(({ long }) => long)]);
  const unknown = words.filter((word) => word.startsWith("--")).find((word) => !known.has(word));
  return unknown === undefined ? undefined : `no option ${unknown}`;
}

/** Commands in `code` and in blocks of sh, without the settings before them. */
function commandsIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block]) =>
    block!.trimEnd().split("\n"),
  );
  const spans = [...markdown.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(
    ([, code]) => code!,
  );
  return [...blocks, ...spans]
    .map((command) => command.replace(/^(?:[A-Z_]+=\S* )+/, "").replace(/\s+#.*$/, ""))
    .filter((command) => /^(?:cachee|bun|npm) \S/.test(command));
}

test("every command that a page names is there", () => {
  const named = everyPage.flatMap((page) => commandsIn(read(page)).map((command) => ({ page, command })));
  const dead = named.flatMap(({ page, command }) => {
    const fault = faultOf(command);
    return fault === undefined ? [] : [`${page}: ${command}: ${fault}`];
  });
  console.log(`commands that pages name in text: ${named.length}`);
  expect(dead).toEqual([]);
});

test("the page of the command line names every command", () => {
  const page = read("docs/command-line.md");
  const missing = cachee.commands
    .map((command) => command.name())
    .filter((name) => !page.includes(`cachee ${name}`) && !page.includes(`--json ${name}`));
  expect(missing).toEqual([]);
});
