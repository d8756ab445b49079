// Flags and ACL categories of commands, as Redis names them, from their rows.

import type { CommandShape } from "../command-shape.ts";

export const CATEGORIES: readonly string[] = [
  "keyspace",
  "read",
  "write",
  "set",
  "hash",
  "string",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
];

const HASH = /^h(?!ello)/;
const SET =
  /^s(?:add|rem|members|ismember|mismember|card|scan|pop|randmember|move|(?:inter|union|diff)(?:store)?|intercard)$/;
const KEYSPACE =
  /^(?:del|unlink|exists|touch|type|p?expire.*|p?ttl|persist|rename(?:nx)?|copy|object\b.*|dump|restore|memory\|usage)$/;
const TRANSACTION = /^(?:multi|exec|discard|(?:un)?watch)$/;
const SCRIPTING = /^(?:eval.*|script\b.*)$/;
const WALKING: ReadonlySet<string> = new Set(["scan", "keys", "randomkey", "dbsize", "flushall", "flushdb"]);

export function flagsOf({ right, keys, keysCountedAt, isPubsub }: CommandShape): string[] {
  if (isPubsub === true) return ["pubsub", "noscript", "loading", "stale"];
  if (right === "nothing") return ["noscript", "loading", "stale", "fast", "no_auth"];
  if (right === "admin") return keys === undefined ? ["admin"] : ["write", "admin"];
  if (keysCountedAt !== undefined) {
    return right === "read" ? ["readonly", "movablekeys"] : ["noscript", "stale", "movablekeys"];
  }
  if (keys === undefined) return ["loading", "stale", "fast"];
  return right === "read" ? ["readonly", "fast"] : ["write", "fast"];
}

/** What a command is about: a type of value, keys, transactions, or the connection. */
function subjectOf({ name, keys, keysCountedAt }: CommandShape): string {
  if (TRANSACTION.test(name)) return "transaction";
  if (SCRIPTING.test(name)) return "scripting";
  if (KEYSPACE.test(name) || WALKING.has(name)) return "keyspace";
  if (keys === undefined && keysCountedAt === undefined) return "connection";
  if (HASH.test(name)) return "hash";
  return SET.test(name) ? "set" : "string";
}

/** Each with its `@`. */
export function categoriesOf(command: CommandShape): string[] {
  const { right, keys, keysCountedAt, isPubsub, name, removesAll } = command;
  if (isPubsub === true) return ["@pubsub", "@slow"];
  if (removesAll === true) return ["@keyspace", "@write", "@slow", "@dangerous"];
  if (name === "keys") return ["@keyspace", "@read", "@slow", "@dangerous"];
  const subject = `@${subjectOf(command)}`;
  if (right === "admin") return ["@admin", "@slow", "@dangerous"];
  if (keys === undefined && keysCountedAt === undefined)
    return WALKING.has(name) ? [subject, "@read", "@slow"] : [subject, "@fast"];
  return [right === "read" ? "@read" : "@write", subject, "@fast"];
}
