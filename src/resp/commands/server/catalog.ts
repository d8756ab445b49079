// COMMAND and its subcommands: what clients ask of the commands themselves.

import { Slices } from "../../../base/loop/slices.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { CommandShape } from "../command-shape.ts";
import type { Services } from "../services.ts";
import { categoriesOf, flagsOf } from "./categories.ts";
import { keyFlagsOf } from "./key-flags.ts";
import { compileGlob, PATTERN_TOO_LONG } from "../keys/glob.ts";
import type { Arguments } from "../../wire/arguments.ts";
import { parseInteger } from "../../wire/integer.ts";
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
  const all = [...call.services.commands.values()].map(({ command }) => command);
  if (args.count === 2) return all;
  if (args.count !== 5 || args.lower(2) !== "filterby") return new Refusal(SYNTAX);
  switch (args.lower(3)) {
    case "module":
      return [];
    case "aclcat": {
      const category = `@${args.lower(4)}`;
      return all.filter((command) => categoriesOf(command).includes(category));
    }
    case "pattern": {
      const pattern = compileGlob(args.lower(4));
      if (pattern === undefined) return new Refusal(PATTERN_TOO_LONG);
      return all.filter(({ name }) => pattern.matches(name));
    }
    default:
      return new Refusal(SYNTAX);
  }
}

/** Where the keys are of the command that begins at argument 2, and what it does to them. */
interface NamedKeys {
  readonly command: CommandShape;
  readonly at: readonly number[];
  /** It is a SET that returns what was there. */
  readonly isRead: boolean;
}

function namedKeys({ args, services }: Call): NamedKeys | Refusal {
  const found = services.commands.get(args.lower(2))?.command;
  const sub =
    args.count > 3 ? services.commands.get(`${args.lower(2)}|${args.lower(3)}`)?.command : undefined;
  const command = sub ?? found;
  if (command === undefined) return new Refusal("ERR Invalid command specified");
  const { keys, keysCountedAt } = command;
  if (keys === undefined && keysCountedAt === undefined) {
    return new Refusal("ERR The command has no key arguments");
  }
  const count = args.count - 2;
  if (command.arity < 0 ? count < -command.arity : count !== command.arity) {
    return new Refusal("ERR Invalid number of arguments specified for command");
  }
  const [first, last, step] = keys ?? [
    keysCountedAt! + 1,
    keysCountedAt! + countAt(args, keysCountedAt! + 2),
    1,
  ];
  const to = last < 0 ? args.count + last : last + 2;
  if (to >= args.count) return new Refusal("ERR Invalid arguments specified for command");
  const at: number[] = [];
  for (let i = first + 2; i <= to; i += step) at.push(i);
  const isRead =
    command.name === "set" && Array.from({ length: count }, (_, i) => args.lower(i + 2)).includes("get", 3);
  return { command, at, isRead };
}

/** The number in argument `i`; where it is none, one that is too high. */
function countAt(args: Arguments, i: number): number {
  const count = parseInteger(args.latin1(i));
  return count === undefined || count < 0n ? Number.MAX_SAFE_INTEGER : Number(count);
}

function runGetKeys(call: Call): void {
  const named = namedKeys(call);
  if (named instanceof Refusal) return call.fail(named.text);
  const { args, out } = call;
  out.array(named.at.length);
  for (const i of named.at) out.bulk(args.buffer, args.start(i), args.size(i));
}

function runGetKeysAndFlags(call: Call): void {
  const named = namedKeys(call);
  if (named instanceof Refusal) return call.fail(named.text);
  const { args, out } = call;
  out.array(named.at.length);
  for (const [index, i] of named.at.entries()) {
    const flags = named.isRead ? ["RW", "access", "update"] : keyFlagsOf(named.command, index);
    out.array(2);
    out.bulk(args.buffer, args.start(i), args.size(i));
    out.set(flags.length);
    for (const flag of flags) out.simple(flag);
  }
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
    row(
      "command|getkeysandflags",
      -4,
      "key",
      "Returns the keys, and what is done to them.",
      runGetKeysAndFlags,
    ),
  ],
};
