// HELP of every command that has subcommands, made of their rows.

import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { row } from "../rows.ts";

function runHelp(call: Call, { name, subcommands = [] }: Command): void {
  const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const subcommand of subcommands) {
    lines.push(subcommand.name.slice(name.length + 1).toUpperCase(), `    ${subcommand.summary}`);
  }
  lines.push("HELP", "    Print this help.");
  call.out.array(lines.length);
  for (const line of lines) call.out.simple(line);
}

/** The same command with the subcommand HELP, where it has subcommands. */
export function withHelp(command: Command): Command {
  if (command.subcommands === undefined) return command;
  const run = (call: Call) => runHelp(call, command);
  const help = row(`${command.name}|help`, 2, "key", "Names the subcommands.", run);
  return { ...command, subcommands: [...command.subcommands, help] };
}
