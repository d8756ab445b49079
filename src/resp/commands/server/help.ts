// HELP of every command that has subcommands, made of their rows.

import type { Call } from "../call.ts";
import type { Command } from "../command.ts";

function runHelp(call: Call, { name, subcommands = [] }: Command): void {
  const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const subcommand of subcommands) {
    lines.push(subcommand.name.slice(name.length + 1).toUpperCase(), `    ${subcommand.summary}`);
  }
  lines.push("HELP", "    Print this help.");
  call.out.array(lines.length);
  for (const line of lines) call.out.simple(line);
}

/** `command` with HELP among its subcommands, if it has any. */
export function helped(command: Command): Command {
  if (command.subcommands === undefined) return command;
  const help: Command = {
    name: `${command.name}|help`,
    arity: 2,
    right: "key",
    summary: "Names the subcommands.",
    run: (call) => runHelp(call, command),
  };
  return { ...command, subcommands: [...command.subcommands, help] };
}
