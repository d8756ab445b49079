// HSET, HMSET, HSETNX, HDEL, HINCRBY, HINCRBYFLOAT: what changes hashes, each one step over every instance.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { addDecimals, isInfinite, NOT_FLOAT, parseDecimal, SUM_NOT_FINITE } from "../../wire/decimal.ts";
import { INT64_MAX, INT64_MIN, parseInteger } from "../../wire/integer.ts";
import { NOT_INTEGER, Refusal, wrongArity } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { changeCollection, HASH } from "./access.ts";
import type { HashFields } from "./codec.ts";

/** Arguments from `first` on, in pairs, copied: the command may be done later. */
function pairsOf({ args }: Call, first: number): [string, Uint8Array][] {
  const pairs: [string, Uint8Array][] = [];
  for (let i = first; i + 1 < args.count; i += 2) {
    pairs.push([args.latin1(i), Uint8Array.from(args.bytes(i + 1))]);
  }
  return pairs;
}

function setAll(call: Call, name: string, answer: (created: number) => void): MaybePromise<void> {
  if (call.args.count % 2 === 1) return call.fail(wrongArity(name));
  const pairs = pairsOf(call, 2);
  const done = changeCollection<HashFields, number>(call, HASH, (fields) => {
    const before = fields.size;
    for (const [field, value] of pairs) fields.set(field, value);
    return { changed: true, answer: fields.size - before };
  });
  return call.answer(done, answer);
}

function runHsetnx(call: Call): MaybePromise<void> {
  const [[field, value]] = pairsOf(call, 2) as [[string, Uint8Array]];
  const done = changeCollection<HashFields, number>(call, HASH, (fields) => {
    if (fields.has(field)) return { changed: false, answer: 0 };
    fields.set(field, value);
    return { changed: true, answer: 1 };
  });
  return call.answer(done, (set) => call.out.integer(set));
}

function runHdel(call: Call): MaybePromise<void> {
  const { args } = call;
  const names = Array.from({ length: args.count - 2 }, (_, i) => args.latin1(i + 2));
  const done = changeCollection<HashFields, number>(call, HASH, (fields) => {
    let deleted = 0;
    for (const name of names) if (fields.delete(name)) deleted += 1;
    return { changed: deleted > 0, answer: deleted };
  });
  return call.answer(done, (deleted) => call.out.integer(deleted));
}

function runHincrby(call: Call): MaybePromise<void> {
  const field = call.args.latin1(2);
  const amount = parseInteger(call.args.latin1(3));
  if (amount === undefined) return call.fail(NOT_INTEGER);
  const done = changeCollection<HashFields, bigint>(call, HASH, (fields) => {
    const present = fields.get(field);
    const number = present === undefined ? 0n : parseInteger(Buffer.from(present).toString("latin1"));
    if (number === undefined) return new Refusal("ERR hash value is not an integer");
    const sum = number + amount;
    if (sum > INT64_MAX || sum < INT64_MIN) return new Refusal("ERR increment or decrement would overflow");
    fields.change(field, Buffer.from(String(sum)));
    return { changed: true, answer: sum };
  });
  return call.answer(done, (sum) => call.out.integer(sum));
}

const NOT_FINITE = "ERR value is NaN or Infinity";

/** In decimals, as INCRBYFLOAT adds. */
function runHincrByFloat(call: Call): MaybePromise<void> {
  const field = call.args.latin1(2);
  const given = call.args.latin1(3);
  const amount = parseDecimal(given);
  if (amount === undefined) return call.fail(isInfinite(given) ? NOT_FINITE : NOT_FLOAT);
  const done = changeCollection<HashFields, Buffer>(call, HASH, (fields) => {
    const present = fields.get(field);
    const text = present === undefined ? "0" : Buffer.from(present).toString("latin1");
    const number = parseDecimal(text);
    if (number === undefined) {
      return new Refusal(isInfinite(text) ? SUM_NOT_FINITE : "ERR hash value is not a float");
    }
    const sum = Buffer.from(addDecimals(number, amount), "latin1");
    fields.change(field, sum);
    return { changed: true, answer: sum };
  });
  return call.answer(done, (sum) => call.out.bulk(sum, 0, sum.length));
}

const WRITE = { right: "write", keys: [1, 1, 1] } as const;
const BOTH = { right: "both", keys: [1, 1, 1] } as const;

export const HASH_WRITE_COMMANDS: readonly Command[] = [
  {
    ...WRITE,
    name: "hset",
    arity: -4,
    summary: "Sets fields of a hash.",
    run: (call) => setAll(call, "hset", (created) => call.out.integer(created)),
  },
  {
    ...WRITE,
    name: "hmset",
    arity: -4,
    summary: "Sets fields of a hash.",
    run: (call) => setAll(call, "hmset", () => call.out.ok()),
  },
  { ...WRITE, name: "hsetnx", arity: 4, summary: "Sets a field that a hash does not have.", run: runHsetnx },
  { ...WRITE, name: "hdel", arity: -3, summary: "Removes fields of a hash.", run: runHdel },
  { ...BOTH, name: "hincrby", arity: 4, summary: "Adds to an integer in a hash.", run: runHincrby },
  {
    ...BOTH,
    name: "hincrbyfloat",
    arity: 4,
    summary: "Adds to a number with decimals in a hash.",
    run: runHincrByFloat,
  },
];
