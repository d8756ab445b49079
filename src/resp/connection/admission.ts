// Decides whether a command may run, in Redis's order and words: known, well-shaped, allowed, its keys good. Hot.

import type { ApiKey } from "../../auth/api-key.ts";
import { keyFault } from "../../gate/key.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "./connection.ts";
import type { Command, Right, Tally } from "../commands/command.ts";
import { takeRate } from "./rate.ts";
import { NO_AUTH, NO_PERM_KEY, noPermission, wrongArity } from "../wire/refusal.ts";

/** Characters of a command's name, and of its arguments together, that an error repeats. */
const REPEATED_CHARS_MAX = 128;

/** The command in `args`, or nothing when it was refused and that is answered. */
export function admit(client: Client, args: Arguments, packed: number): Tally | undefined {
  const tally = find(client, args, packed);
  client.tally = tally;
  if (tally === undefined) return undefined;
  const { command } = tally;
  const { arity, right } = command;
  if (arity < 0 ? args.count < -arity : args.count !== arity) {
    client.fail(wrongArity(command.name));
    return undefined;
  }
  if (right === "nothing") return tally;
  const { apiKey } = client.session;
  if (apiKey === undefined) {
    client.fail(NO_AUTH);
    return undefined;
  }
  if (!hasRight(apiKey, right)) {
    client.fail(noPermission(command.name));
    return undefined;
  }
  if (command.keys === undefined) return tally;
  if (!takeKeys(client, args, command, apiKey.prefix)) return undefined;
  if (right !== "read") return takeRate(client, client.keys.length) ? tally : undefined;
  if (client.tracking.isOn) for (const key of client.keys) client.tracking.remember(key);
  return tally;
}

function hasRight(apiKey: ApiKey, right: Exclude<Right, "nothing">): boolean {
  switch (right) {
    case "key":
      return true;
    case "both":
      return apiKey.read && apiKey.write;
    default:
      return apiKey[right];
  }
}

function find(client: Client, args: Arguments, packed: number): Tally | undefined {
  const { lane } = client;
  const tally = packed === 0 ? lane.tallies.get(args.lower(0)) : lane.packed.get(packed);
  if (tally === undefined) {
    client.tally = undefined;
    client.fail(unknownCommand(args));
    return undefined;
  }
  const { subcommands } = tally.command;
  if (subcommands === undefined || args.count < 2) return tally;
  const sub = lane.tallies.get(`${tally.command.name}|${args.lower(1)}`);
  if (sub !== undefined) return sub;
  client.tally = undefined;
  const given = upToNul(args.latin1(1)).slice(0, REPEATED_CHARS_MAX);
  client.fail(`ERR unknown subcommand '${given}'. Try ${tally.command.name.toUpperCase()} HELP.`);
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

/** Reads the command's keys into `client.keys`; `false`: one is no key or out of bounds, and that is answered. */
function takeKeys(client: Client, args: Arguments, command: Command, prefix: string): boolean {
  const [first, last, step] = command.keys!;
  const { keys } = client;
  keys.length = 0;
  const to = last < 0 ? args.count + last : last;
  for (let i = first; i <= to; i += step) {
    const key = args.text(i);
    if (!args.isPlainKey(i)) {
      const fault = keyFault(key);
      if (fault !== undefined) {
        client.fail(`ERR invalid key: ${fault.message}`);
        return false;
      }
    }
    if (prefix !== "" && !key.startsWith(prefix)) {
      client.fail(NO_PERM_KEY);
      return false;
    }
    keys.push(key);
  }
  return true;
}
