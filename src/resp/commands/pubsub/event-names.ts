// What keyspace notifications call what a command does to a key.

import type { Arguments } from "../../wire/arguments.ts";
import type { CommandShape } from "../command-shape.ts";

export interface EventName {
  readonly name: string;
  /** Its class, one letter. */
  readonly kind: string;
}

const GENERIC = "g";
const STRING = "$";
const HASH = "h";
const SET = "s";

const named = (kind: string, names: Readonly<Record<string, string>>): [string, EventName][] =>
  Object.entries(names).map(([command, name]) => [command, { name, kind }]);

/** By command: what writing a key is called. */
const WRITING: ReadonlyMap<string, EventName> = new Map([
  ...named(STRING, {
    set: "set",
    setex: "set",
    psetex: "set",
    setnx: "set",
    mset: "set",
    msetnx: "set",
    getset: "set",
    append: "append",
    setrange: "setrange",
    incr: "incrby",
    incrby: "incrby",
    decr: "incrby",
    decrby: "incrby",
    incrbyfloat: "incrbyfloat",
  }),
  ...named(HASH, {
    hset: "hset",
    hmset: "hset",
    hsetnx: "hset",
    hincrby: "hincrby",
    hincrbyfloat: "hincrbyfloat",
    hdel: "hdel",
    hexpire: "hexpire",
    hpexpire: "hexpire",
    hexpireat: "hexpire",
    hpexpireat: "hexpire",
    hpersist: "hpersist",
  }),
  ...named(SET, {
    sadd: "sadd",
    srem: "srem",
    spop: "spop",
    sinterstore: "sinterstore",
    sunionstore: "sunionstore",
    sdiffstore: "sdiffstore",
  }),
  ...named(GENERIC, {
    expire: "expire",
    pexpire: "expire",
    expireat: "expire",
    pexpireat: "expire",
    persist: "persist",
    rename: "rename_to",
    renamenx: "rename_to",
    copy: "copy_to",
    restore: "restore",
  }),
]);

export const NEW_KEY: EventName = { name: "new", kind: "n" };
const DELETED: EventName = { name: "del", kind: GENERIC };
const RENAMED: EventName = { name: "rename_from", kind: GENERIC };
const EXPIRES: EventName = { name: "expire", kind: GENERIC };
const PERSISTS: EventName = { name: "persist", kind: GENERIC };
/** Commands that take something out of a collection, the last of which takes the key with it. */
const TAKING: ReadonlySet<string> = new Set(["hdel", "srem", "spop"]);
const EXPIRING_WORDS: ReadonlySet<string> = new Set(["ex", "px", "exat", "pxat"]);

/** Commands for which Redis takes away what is there and adds a key anew. */
const ADDING: ReadonlySet<string> = new Set(["rename", "renamenx", "copy", "restore"]);

export function isNewAlways({ name }: CommandShape): boolean {
  return ADDING.has(name);
}

/** Whether an option from argument `from` on gives the key an expiry. */
function hasExpiry(args: Arguments, from: number): boolean {
  for (let i = from; i < args.count; i++) if (EXPIRING_WORDS.has(args.lower(i))) return true;
  return false;
}

/** What the command in `args` has done to a key by writing it; `isFirst`: it is the first key of the command. */
export function eventsOfWrite(
  { name }: CommandShape,
  args: Arguments,
  isFirst: boolean,
): readonly EventName[] {
  if (name === "getex") return [hasExpiry(args, 2) ? EXPIRES : PERSISTS];
  if (name === "smove") return [{ name: isFirst ? "srem" : "sadd", kind: SET }];
  const event = WRITING.get(name);
  if (event === undefined) return [];
  const expires = name === "setex" || name === "psetex" || (name === "set" && hasExpiry(args, 3));
  return expires ? [event, EXPIRES] : [event];
}

export function eventsOfRemoval({ name }: CommandShape): readonly EventName[] {
  if (name === "rename" || name === "renamenx") return [RENAMED];
  if (name === "smove") return [{ name: "srem", kind: SET }, DELETED];
  return TAKING.has(name) ? [WRITING.get(name)!, DELETED] : [DELETED];
}
