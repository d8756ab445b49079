// What one unit of Redis's suite printed, test by test.

import { DENIED_TAGS, differenceOf, familyOf } from "./units.ts";

export interface UnitResult {
  readonly unit: string;
  readonly passed: number;
  /** Why tests do not apply, and how many for each reason. */
  readonly inapplicable: ReadonlyMap<string, number>;
  /** A line for each test that failed. */
  readonly failures: readonly string[];
}

// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;]*m/g;
const LINE = /^\[(ok|err|ignore|exception|TIMEOUT)\]: ?(.*)$/;

/** Reads a unit's output; `unknownCommands` are those that the server did not know, by test. */
export function readUnit(
  unit: string,
  output: string,
  unknownCommands: ReadonlyMap<string, ReadonlySet<string>>,
): UnitResult {
  let passed = 0;
  const inapplicable = new Map<string, number>();
  const failures: string[] = [];
  const lines = output.replaceAll(COLOURS, "").split("\n");
  for (const [i, line] of lines.entries()) {
    const [, status, text = ""] = LINE.exec(line) ?? [];
    if (status === undefined) continue;
    if (status === "ok") {
      passed += 1;
      continue;
    }
    const name = text.replace(/ in tests\/unit\/\S+$/, "");
    const reason =
      status === "ignore"
        ? reasonOfTag(text)
        : (reasonOfCommands(unknownCommands.get(text)) ?? differenceOf(name));
    if (reason === undefined) failures.push(`${name}: ${lines[i + 1] ?? ""}`.slice(0, 300));
    else inapplicable.set(reason, (inapplicable.get(reason) ?? 0) + 1);
  }
  if (passed + inapplicable.size + failures.length === 0)
    failures.push(`nothing was run: ${lines.at(-1) ?? ""}`);
  return { unit, passed, inapplicable, failures };
}

function reasonOfTag(text: string): string {
  const tag = /Tag: (\S+) denied/.exec(text)?.[1];
  if (tag !== undefined) return DENIED_TAGS[tag] ?? tag;
  return text.includes("external")
    ? "what the suite itself leaves out on a server that it did not start"
    : "several databases";
}

function reasonOfCommands(commands: ReadonlySet<string> | undefined): string | undefined {
  for (const command of commands ?? []) {
    const family = familyOf(command);
    if (family !== undefined) return family;
  }
  return undefined;
}
