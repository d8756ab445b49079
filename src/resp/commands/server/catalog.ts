// COMMAND and its subcommands: what clients ask of the commands themselves.

import { Slices } from "../../../base/loop/slices.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { CommandShape } from "../command-shape.ts";
import type { Services } from "../services.ts";
import { categoriesOf, flagsOf } from "./categories.ts";
import { compileGlob, PATTERN_TOO_LONG } from "../keys/glob.ts";
import { Refusal, SYNTAX } from "../../wire/refusal.ts";
import { row } from "../rows.ts";

function topLevel({ services }: Call): CommandShape[] {
  return [...services.commands.values()].map(({ command }) => command).filter(isTopLevel);
}

function isTopLevel(command: CommandShape): boolean {
  return !command.name.includes("|");
}

/** As COMMAND INFO has it; tips and key specifications are left empty. */
function writeInfo(call: Call, command: CommandShape): void {
  const { out } = call;
  const [first, last, step] = command.keys ?? [0, 0, 0];
  out.array(10);
  out.bulkText(command.name);
  out.integer(command.arity);
  const flags = flagsOf(command);
  out.set(flags.length);
  for (const flag of flags) out.simple(flag);
  out.integer(first);
  out.integer(last);
  out.integer(step);
  const categories = categoriesOf(command);
  out.set(categories.length);
  for (const category of categories) out.simple(category);
  out.array(0);
  out.array(0);
  out.array(command.subcommands?.length ?? 0);
  for (const subcommand of command.subcommands ?? []) writeInfo(call, subcommand);
}

function runCommand(call: Call): void {
  shared(call, "info", () => {
    const commands = topLevel(call);
    call.out.array(commands.length);
    for (const command of commands) writeInfo(call, command);
  });
}

/** Answers about all commands, by the table that they describe: those of one protocol are alike for every client. */
const MADE = new WeakMap<Services["commands"], Map<string, Uint8Array>>();

/** Answers with what `write` writes, which is done for the first client of a protocol only. */
function shared({ out, services }: Call, name: string, write: () => void): void {
  const made = MADE.get(services.commands) ?? new Map<string, Uint8Array>();
  MADE.set(services.commands, made);
  const id = `${name} ${out.protocol}`;
  const answer = made.get(id);
  if (answer !== undefined) return out.bytes(answer, 0, answer.length);
  const before = out.length;
  write();
  made.set(id, Uint8Array.prototype.slice.call(out.buffer, before, out.length));
}

/** In slices: a name of some bytes is answered with a kilobyte. */
async function runCommandInfo(call: Call): Promise<void> {
  const { args, services } = call;
  if (args.count === 2) return runCommand(call);
  const slices = new Slices(services.options.clock.nowMs);
  call.out.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const counts = services.commands.get(args.lower(i));
    if (counts !== undefined) writeInfo(call, counts.command);
    else call.out.nil();
    if (!(await call.pause(slices))) return;
  }
}

/** Those named that there are, each once. */
function namedOnce(call: Call): CommandShape[] {
  const { args, services } = call;
  const named = new Set<CommandShape>();
  for (let i = 2; i < args.count; i++) {
    const counts = services.commands.get(args.lower(i));
    if (counts !== undefined) named.add(counts.command);
  }
  return [...named];
}

function runDocs(call: Call): void {
  if (call.args.count > 2) return writeDocs(call, namedOnce(call));
  shared(call, "docs", () => writeDocs(call, topLevel(call)));
}

function writeDocs({ out }: Call, commands: readonly CommandShape[]): void {
  out.map(commands.length);
  for (const command of commands) {
    out.bulkText(command.name);
    out.map(3);
    out.bulkText("summary");
    out.bulkText(command.summary);
    out.bulkText("since");
    out.bulkText("1.0.0");
    out.bulkText("group");
    out.bulkText(command.keys === undefined ? "server" : "string");
  }
}

/** Which commands COMMAND LIST names: all, or those that its FILTERBY lets through. */
function listed(call: Call): CommandShape[] | Refusal {
  const { args } = call;
  if (args.count === 2) return topLevel(call);
  if (args.count !== 5 || args.lower(2) !== "filterby") return new Refusal(SYNTAX);
  switch (args.lower(3)) {
    case "module":
      return [];
    case "aclcat": {
      const category = `@${args.lower(4)}`;
      return topLevel(call).filter((command) => categoriesOf(command).includes(category));
    }
    case "pattern": {
      const pattern = compileGlob(args.lower(4));
      if (pattern === undefined) return new Refusal(PATTERN_TOO_LONG);
      return [...call.services.commands.values()]
        .map(({ command }) => command)
        .filter(({ name }) => pattern.matches(name));
    }
    default:
      return new Refusal(SYNTAX);
  }
}

function runGetKeys(call: Call): void {
  const { args, services, out } = call;
  const found = services.commands.get(args.lower(2))?.command;
  const sub =
    args.count > 3 ? services.commands.get(`${args.lower(2)}|${args.lower(3)}`)?.command : undefined;
  const command = sub ?? found;
  if (command === undefined) return call.fail("ERR Invalid command specified");
  if (command.keys === undefined) return call.fail("ERR The command has no key arguments");
  const count = args.count - 2;
  if (command.arity < 0 ? count < -command.arity : count !== command.arity) {
    return call.fail("ERR Invalid number of arguments specified for command");
  }
  const [first, last, step] = command.keys;
  const to = last < 0 ? args.count + last : last + 2;
  out.array(Math.floor((to - first - 2) / step) + 1);
  for (let i = first + 2; i <= to; i += step) out.bulk(args.buffer, args.start(i), args.size(i));
}

function runList(call: Call): void {
  const commands = listed(call);
  if (commands instanceof Refusal) return call.fail(commands.text);
  call.out.set(commands.length);
  for (const command of commands) call.out.bulkText(command.name);
}

export const CATALOG_COMMAND: Command = {
  ...row("command", -1, "key", "Describes the commands.", runCommand),
  subcommands: [
    row("command|count", 2, "key", "Counts the commands.", (call) => call.out.integer(topLevel(call).length)),
    row("command|info", -2, "key", "Describes commands for clients.", runCommandInfo),
    row("command|docs", -2, "key", "Describes commands for people.", runDocs),
    row("command|list", -2, "key", "Names the commands.", runList),
    row("command|getkeys", -4, "key", "Returns the keys of a command.", runGetKeys),
  ],
};
