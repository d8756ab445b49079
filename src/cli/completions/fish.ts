// The completions as a script for fish.

import type { OptionWords, ProgramWords, Value } from "./words.ts";

export function fishScript({ name, options, commands }: ProgramWords): string {
  const names = commands.map((command) => command.name).join(" ");
  const lines = [`# fish completion for ${name}`, `complete -c ${name} -f`];
  for (const option of options) lines.push(`complete -c ${name} ${optionPart(option)}`);
  for (const { name: command, description, options: own, argument } of commands) {
    const first = `-n "not __fish_seen_subcommand_from ${names}"`;
    lines.push(`complete -c ${name} ${first} -a ${command} -d ${quoted(description)}`);
    const seen = `-n "__fish_seen_subcommand_from ${command}"`;
    for (const option of own) lines.push(`complete -c ${name} ${seen} ${optionPart(option)}`);
    if (argument !== "none" && argument !== "any") {
      lines.push(`complete -c ${name} ${seen} ${valuePart(argument)}`);
    }
  }
  return lines.join("\n");
}

function optionPart({ name, description, value }: OptionWords): string {
  return `-l ${name.slice("--".length)} -d ${quoted(description)}${value === "none" ? "" : ` -r ${valuePart(value)}`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}

/** Files are offered where a path is wanted, and nowhere else. */
function valuePart(value: Value): string {
  if (value === "path") return "-F";
  return typeof value === "string" ? "-f" : `-f -a '${value.join(" ")}'`;
}
