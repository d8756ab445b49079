// What can be asked over RESP. What a command takes is derived from what a real Redis says of it, not from our table.

import { createClient } from "redis";
import { everyCommand } from "../../src/resp/commands/command-table.ts";
import type { Scope } from "../../src/auth/api-key.ts";
import { startRedis } from "../support/redis.ts";
import { RespConnection } from "../support/resp-connection.ts";
import { TARGETS, type Need, type Outcome, type Reach, type Who } from "./who.ts";

export interface RespOperation {
  readonly command: string;
  readonly need: Need;
  readonly reach: Reach;
  readonly words: readonly string[];
}

/** What no key can tell: those that name none. `undefined`: any key may. */
const KEYLESS: Readonly<Record<string, Need>> = {
  auth: "nothing",
  quit: "nothing",
  reset: "nothing",
  scan: ["read"],
  keys: ["admin"],
  randomkey: ["read"],
  flushall: ["admin"],
  flushdb: ["admin"],
  subscribe: ["read"],
  psubscribe: ["read"],
  publish: ["write"],
  "function|list": ["read"],
  "function|flush": ["admin"],
  "pubsub|channels": ["read"],
  "pubsub|numpat": ["read"],
  "pubsub|numsub": ["read"],
  "script|exists": ["read"],
  "script|kill": ["read"],
  "script|load": ["read"],
  "script|flush": ["admin"],
  "acl|deluser": ["admin"],
  "acl|dryrun": ["admin"],
  "acl|getuser": ["admin"],
  "acl|list": ["admin"],
  "acl|load": ["admin"],
  "acl|save": ["admin"],
  "acl|setuser": ["admin"],
  "acl|users": ["admin"],
  "client|kill": ["admin"],
  "client|pause": ["admin"],
  "client|unpause": ["admin"],
  "config|resetstat": ["admin"],
  "config|rewrite": ["admin"],
  "config|set": ["admin"],
  "latency|reset": ["admin"],
  "slowlog|get": ["admin"],
  "slowlog|len": ["admin"],
  "slowlog|reset": ["admin"],
};
/** Commands that Redis has since 7.4, with the flags that it gives their key, the first argument: an older one knows none. */
const SINCE_7_4: Readonly<Record<string, readonly string[]>> = {
  hexpire: ["RW", "update"],
  hexpireat: ["RW", "update"],
  hexpiretime: ["RO", "access"],
  hpersist: ["RW", "update"],
  hpexpire: ["RW", "update"],
  hpexpireat: ["RW", "update"],
  hpexpiretime: ["RO", "access"],
  hpttl: ["RO", "access"],
  httl: ["RO", "access"],
};
/** Their first argument is a channel, which a key's prefix bounds as it does keys. */
const ON_CHANNELS = new Set(["subscribe", "psubscribe", "publish"]);
/** They reach all entries, so a key with a prefix may not. */
const EVERYWHERE = new Set(["flushall", "flushdb"]);

/** A command's key specification, as COMMAND INFO has it: names and values by turns. */
interface KeySpec {
  readonly flags: readonly string[];
  /** Words before and at the keys; KEY stands for a key. */
  place(words: string[]): void;
}

const KEY = "\0key";

export async function respOperations(): Promise<RespOperation[]> {
  const redis = await startRedis();
  const client = createClient({ url: redis.url, RESP: 2 });
  try {
    await client.connect();
    const commands = everyCommand();
    const infos = (await client.sendCommand([
      "COMMAND",
      "INFO",
      ...commands.map(({ name }) => name),
    ])) as unknown[];
    return commands.flatMap(({ name, arity }, i) => operationsOf(name, arity, infos[i]));
  } finally {
    client.destroy();
    await redis.stop();
  }
}

function operationsOf(name: string, arity: number, info: unknown): RespOperation[] {
  // `CLIENT` by itself is no command: what it does is under its subcommands' names.
  if (Array.isArray(info) && (info[9] as unknown[]).length > 0) return [];
  const newer = SINCE_7_4[name];
  const specs = Array.isArray(info)
    ? (info[8] as unknown[]).map(specOf)
    : newer === undefined
      ? []
      : [firstArgument(newer)];
  const words = [
    ...name.split("|"),
    ...Array.from({ length: Math.abs(arity) - name.split("|").length }, () => "1"),
  ];
  const need = specs.length === 0 ? (KEYLESS[name] ?? "any key") : needOf(specs);
  if (ON_CHANNELS.has(name)) words[1] = KEY;
  else if (specs.length === 0) {
    const reach = EVERYWHERE.has(name) ? "everywhere" : "nowhere";
    return [{ command: name, need, reach, words }];
  }
  for (const spec of specs) spec.place(words);
  return TARGETS.map((key) => ({
    command: `${name} ${key}`,
    need,
    reach: { below: key },
    words: words.map((word) => (word === KEY ? key : word)),
  }));
}

/** Reading is what gives back of a value; SET does so with an option alone. */
function needOf(specs: readonly KeySpec[]): Scope[] {
  const flags = new Set(specs.flatMap((spec) => spec.flags));
  const writes = ["RW", "OW", "RM"].some((flag) => flags.has(flag));
  const reads = !writes || (flags.has("access") && !flags.has("variable_flags"));
  return [...(reads ? (["read"] as const) : []), ...(writes ? (["write"] as const) : [])];
}

function firstArgument(flags: readonly string[]): KeySpec {
  return {
    flags,
    place(words) {
      words[1] = KEY;
    },
  };
}

function specOf(reply: unknown): KeySpec {
  const spec = pairsOf(reply);
  const begin = pairsOf(pairsOf(spec["begin_search"])["spec"]);
  const find = pairsOf(spec["find_keys"]);
  const range = pairsOf(find["spec"]);
  return {
    flags: (spec["flags"] as string[]).map(String),
    place(words) {
      let at = Number(begin["index"] ?? words.length + 1);
      if (begin["keyword"] !== undefined) words.push(String(begin["keyword"]));
      if (find["type"] === "keynum") {
        words[at + Number(range["keynumidx"])] = "1";
        words[at + Number(range["firstkey"])] = KEY;
        return;
      }
      const last = Number(range["lastkey"]);
      const end = last < 0 ? words.length + last : at + last;
      do words[at] = KEY;
      while ((at += Number(range["keystep"])) <= end);
    },
  };
}

function pairsOf(reply: unknown): Record<string, unknown> {
  const list = (reply ?? []) as unknown[];
  return Object.fromEntries(
    Array.from({ length: list.length / 2 }, (_, i) => [String(list[2 * i]), list[2 * i + 1]]),
  );
}

/** On a connection of its own, so that nothing of one trial is left for the next. */
export async function tryResp(port: number, who: Who, operation: RespOperation): Promise<Outcome> {
  const connection = await RespConnection.open(port);
  try {
    if (who.secret !== undefined) await connection.ask("AUTH", who.secret);
    const reply = await connection.ask(...operation.words);
    if (reply.startsWith("-NOAUTH")) return "unauthorized";
    return reply.startsWith("-NOPERM") ? "forbidden" : "done";
  } finally {
    connection.close();
  }
}
