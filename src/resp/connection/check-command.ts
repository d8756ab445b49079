// Decides whether a command may run, in Redis's order and words: known, well-shaped, allowed, its keys good. Hot.

import type { Arguments } from "../wire/arguments.ts";
import type { Call } from "../commands/call.ts";
import type { CountedCommand } from "../commands/command.ts";
import type { RespLane } from "../lane.ts";
import { outOfPlace, wrongArity } from "../wire/refusal.ts";
import { hasArity, hasGoodKeys, hasRight } from "./may-run.ts";

/** Those that a client of RESP2 may send while it subscribes to something. */
const SUBSCRIBED_COMMANDS: ReadonlySet<string> = new Set([
  "ping",
  "subscribe",
  "unsubscribe",
  "psubscribe",
  "punsubscribe",
  "quit",
  "reset",
]);
/** Characters of a command's name, and of its arguments together, that an error repeats. */
const REPEATED_CHARS_MAX = 128;

/**
 * The command in `call.args`, whose packed name is `packed`; nothing when it was refused and that is answered. Very many
 * keys are still to be checked (see run-in-parts.ts).
 */
export function checkCommand(lane: RespLane, call: Call, packed: number): CountedCommand | undefined {
  const { args } = call;
  const counted = find(lane, call, packed);
  call.counts = counted;
  if (counted === undefined) return undefined;
  const { command } = counted;
  if (!hasArity(args, command)) {
    refuseArity(call, command.name);
    return undefined;
  }
  const isOut = call.connection.subscriptions.isRestricting && !SUBSCRIBED_COMMANDS.has(command.name);
  if (command.right === "nothing" && !isOut) return counted;
  if (!hasRight(call, command)) return undefined;
  if (isOut) {
    call.fail(outOfPlace(command.name));
    return undefined;
  }
  return hasGoodKeys(call, command) ? counted : undefined;
}

/** Of EXEC it ends the transaction, as Redis has it. */
function refuseArity(call: Call, name: string): void {
  const complaint = wrongArity(name);
  if (name !== "exec") return call.fail(complaint);
  call.connection.transaction.end();
  call.fail(`EXECABORT Transaction discarded because of: ${complaint.slice("ERR ".length)}`);
}

function find(lane: RespLane, call: Call, packed: number): CountedCommand | undefined {
  const { args } = call;
  const counted = packed === 0 ? lane.commands.get(args.lower(0)) : lane.commandsByPackedName.get(packed);
  // The table names subcommands as well, which are no commands by themselves.
  if (counted === undefined || counted.command.name.includes("|")) {
    call.counts = undefined;
    const name = args.lower(0);
    if (name === "post" || name === "host:") call.connection.cut("http");
    else call.fail(unknownCommand(args));
    return undefined;
  }
  const { name, subcommands } = counted.command;
  if (subcommands === undefined || args.count < 2) return counted;
  const sub = lane.commands.get(`${name}|${args.lower(1)}`);
  if (sub !== undefined) return sub;
  call.counts = undefined;
  const given = upToNul(args.latin1(1)).slice(0, REPEATED_CHARS_MAX);
  call.fail(`ERR unknown subcommand '${given}'. Try ${name.toUpperCase()} HELP.`);
  return undefined;
}

/** As server.c's commandCheckExistence words it. */
function unknownCommand(args: Arguments): string {
  let given = "";
  for (let i = 1; i < args.count && given.length < REPEATED_CHARS_MAX; i++) {
    given += `'${upToNul(args.latin1(i)).slice(0, REPEATED_CHARS_MAX - given.length)}' `;
  }
  const name = upToNul(args.latin1(0)).slice(0, REPEATED_CHARS_MAX);
  return `ERR unknown command '${name}', with args beginning with: ${given}`;
}

function upToNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
