// Commands `keys`, `hot` and `big`: which entries there are, which are read most, which are largest.

import { InvalidArgumentError, type Command } from "commander";
import { clientOf } from "../connection.ts";
import { globalsOf, printJson, printLine } from "../output.ts";

interface Listed {
  readonly key: string;
  readonly bytes: number;
  readonly contentType: string;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100) {
    throw new InvalidArgumentError("It is not a number from 1 to 100.");
  }
  return value;
}

export function addListingCommands(cachee: Command): void {
  cachee
    .command("keys [prefix]")
    .description(
      "print the keys of all entries, or of those that begin with a prefix (needs the scope admin)",
    )
    .action(async (prefix: string | undefined, _: object, command: Command) => {
      const flags = globalsOf(command);
      // A walk may come by a key twice.
      const seen = new Set<string>();
      for await (const keys of clientOf(flags).keyPages(prefix ?? "")) {
        for (const key of keys) {
          if (seen.has(key)) continue;
          seen.add(key);
          if (flags.json === true) printJson(key);
          else printLine(key);
        }
      }
    });
  addRanking(cachee, "hot", "the entries of one instance that are read most");
  addRanking(cachee, "big", "the largest entries of one instance");
}

function addRanking(cachee: Command, name: "hot" | "big", description: string): void {
  cachee
    .command(name)
    .description(`${description} (needs the scope admin)`)
    .option("--prefix <prefix>", "of those that begin with this")
    .option("--count <n>", "how many, up to 100", count, 20)
    .action(async (options: { prefix?: string; count: number }, command: Command) => {
      const flags = globalsOf(command);
      const entries = await clientOf(flags).ranking<Listed>(name, options);
      if (flags.json === true) return printJson(entries);
      for (const { key, bytes, contentType } of entries) {
        printLine(`${String(bytes).padStart(10)}  ${contentType.padEnd(30)}  ${key}`);
      }
    });
}
