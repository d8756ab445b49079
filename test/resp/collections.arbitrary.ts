// Generates commands on hashes and sets, mixed with such on strings over the same keys.

import fc from "fast-check";
import type { Words } from "./commands.arbitrary.ts";

const key = fc.constantFrom("h", "s", "x");
const field = fc.constantFrom("f", "g", "a b", "ü", "0", "\u0000bin");
// A small hash keeps its order in Redis while its values are short.
const value = fc.oneof(fc.string({ maxLength: 20 }), fc.integer({ min: -99, max: 99 }).map(String));
const number = fc.oneof(
  fc.integer({ min: -99, max: 99 }).map(String),
  fc.constantFrom("9223372036854775807", "-9223372036854775808", "abc", "1.5", ""),
);
/** Such that the sum is the same in Redis's arithmetic. */
const decimal = fc.oneof(
  fc.integer({ min: -99, max: 99 }).map((quarters) => String(quarters / 4)),
  fc.constantFrom("3.0e3", "abc", "inf", "-inf", "nan", "", " 1"),
);
const fields = fc.array(field, { minLength: 1, maxLength: 3 });
const pairs = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.tuple(field, value) }, { weight: 1, arbitrary: fc.tuple(field) }),
  {
    minLength: 1,
    maxLength: 3,
  },
);

const keys = fc.array(key, { minLength: 1, maxLength: 3 });

const command = (name: string | fc.Arbitrary<string>, ...rest: fc.Arbitrary<unknown>[]) =>
  fc
    .tuple(typeof name === "string" ? fc.constant(name) : name, ...rest)
    .map((parts) => parts.flat(2) as Words);

/** Sets are asked in ways that do not show their order: Redis's own is by chance. */
export const collectionCommand: fc.Arbitrary<Words> = fc.oneof(
  { weight: 4, arbitrary: command("hset", key, pairs) },
  { weight: 1, arbitrary: command("hmset", key, pairs) },
  { weight: 2, arbitrary: command("hsetnx", key, field, value) },
  { weight: 2, arbitrary: command("hget", key, field) },
  { weight: 2, arbitrary: command("hmget", key, fields) },
  { weight: 2, arbitrary: command("hgetall", key) },
  { weight: 1, arbitrary: command("hkeys", key) },
  { weight: 1, arbitrary: command("hvals", key) },
  { weight: 1, arbitrary: command("hexists", key, field) },
  { weight: 1, arbitrary: command("hlen", key) },
  { weight: 1, arbitrary: command("hstrlen", key, field) },
  { weight: 2, arbitrary: command("hdel", key, fields) },
  { weight: 3, arbitrary: command("hincrby", key, field, number) },
  // Fractions of what only they change: beside 19 digits Redis's arithmetic has no place for them.
  { weight: 2, arbitrary: command("hincrbyfloat", key, fc.constant("decimal"), decimal) },
  { weight: 1, arbitrary: command("hincrbyfloat", key, field, fc.constantFrom("1", "-2", "x")) },
  {
    weight: 1,
    arbitrary: command(
      "scan",
      fc.constant("0"),
      fc.constant("count"),
      fc.constant("1000"),
      fc.constant("match"),
      fc.constant("h"),
      fc.constant("type"),
      fc.constantFrom("string", "hash", "Set", "list"),
    ),
  },
  {
    weight: 1,
    arbitrary: command(
      "hscan",
      key,
      fc.constantFrom("0", "x"),
      fc.constantFrom([], ["match", "[fg]"], ["count", "0"], ["match"]),
    ),
  },
  { weight: 3, arbitrary: command("sadd", key, fields) },
  { weight: 2, arbitrary: command("srem", key, fields) },
  { weight: 1, arbitrary: command("sismember", key, field) },
  { weight: 1, arbitrary: command("smismember", key, fields) },
  { weight: 1, arbitrary: command("scard", key) },
  { weight: 1, arbitrary: command(fc.constantFrom("sinterstore", "sunionstore", "sdiffstore"), key, keys) },
  {
    weight: 2,
    arbitrary: command(
      "sintercard",
      fc.constantFrom("1", "2", "0", "x", "9"),
      keys,
      fc.constantFrom([], ["limit", "1"], ["limit", "0"], ["limit", "-1"], ["limit"]),
    ),
  },
  { weight: 2, arbitrary: command("smove", key, key, field) },
  {
    weight: 1,
    arbitrary: command("spop", fc.constant("none"), fc.constantFrom([], ["0"], ["2"], ["-1"])),
  },
  { weight: 1, arbitrary: command("spop", key, fc.constantFrom(["0"], ["-1"], ["x"], ["1", "2"])) },
  {
    weight: 1,
    arbitrary: command(
      fc.constantFrom("srandmember", "hrandfield"),
      fc.constant("none"),
      fc.constantFrom([], ["0"], ["2"], ["-2"], ["x"], ["2", "withvalues"], ["-9223372036854775808"]),
    ),
  },
  {
    weight: 1,
    arbitrary: command(fc.constantFrom("sinter", "sunion", "sdiff"), fc.constant("none")),
  },
  { weight: 1, arbitrary: command("set", key, value, fc.constantFrom([], ["get"], ["nx"])) },
  { weight: 1, arbitrary: command("get", key) },
  { weight: 1, arbitrary: command("mget", fc.array(key, { minLength: 1, maxLength: 3 })) },
  { weight: 1, arbitrary: command("append", key, value) },
  { weight: 1, arbitrary: command("strlen", key) },
  { weight: 1, arbitrary: command("getrange", key, fc.constant("0"), fc.constant("-1")) },
  { weight: 1, arbitrary: command("incr", key) },
  { weight: 1, arbitrary: command("getdel", key) },
  { weight: 1, arbitrary: command("getex", key, fc.constantFrom([], ["persist"])) },
  { weight: 1, arbitrary: command("type", key) },
  { weight: 1, arbitrary: command("exists", key) },
  { weight: 1, arbitrary: command("del", key) },
  { weight: 1, arbitrary: command("expire", key, fc.constant("1000")) },
  { weight: 1, arbitrary: command("persist", key) },
  { weight: 1, arbitrary: command("hset", fc.constantFrom([], ["h"], ["h", "f"])) },
);
