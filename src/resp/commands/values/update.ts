// Counters and APPEND: what changes the value that is there, atomically over every instance.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { INT64_MAX, INT64_MIN, parseInteger } from "../../wire/integer.ts";
import { NOT_INTEGER, Refusal } from "../../wire/refusal.ts";
import { modifyString, plainDraft, withBody } from "../read-modify-write.ts";

/** Digits of an integer, with its sign. */
const INTEGER_CHARS_MAX = 20;

function add(call: Call, amount: bigint): MaybePromise<void> {
  const { defaultTtlMs } = call.services.options;
  const done = modifyString<bigint>(call, call.keys[0]!, (existing) => {
    const body = existing?.record.body;
    const text = body === undefined ? "0" : body.length > INTEGER_CHARS_MAX ? "" : latin1(body);
    const present = parseInteger(text);
    if (present === undefined) return new Refusal(NOT_INTEGER);
    const sum = present + amount;
    if (sum > INT64_MAX || sum < INT64_MIN) return new Refusal("ERR increment or decrement would overflow");
    const value = Buffer.from(String(sum), "latin1");
    return {
      put: existing === undefined ? plainDraft(value, defaultTtlMs) : withBody(existing, value),
      answer: sum,
    };
  });
  return call.answer(done, (sum) => call.out.integer(sum));
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function addGiven(sign: 1n | -1n) {
  return (call: Call): MaybePromise<void> => {
    const { args } = call;
    const given = parseInteger(args.latin1(2));
    if (given === undefined) return call.fail(NOT_INTEGER);
    if (sign < 0n && given === INT64_MIN) return call.fail("ERR decrement would overflow");
    return add(call, sign * given);
  };
}

function runAppend(call: Call): MaybePromise<void> {
  const { args } = call;
  const { valueBytesMax, defaultTtlMs } = call.services.options;
  const more = args.bytes(2);
  const done = modifyString<number>(call, call.keys[0]!, (existing) => {
    if (existing === undefined) return { put: plainDraft(more, defaultTtlMs), answer: more.length };
    const { body } = existing.record;
    const bytes = body.length + more.length;
    if (bytes > valueBytesMax) {
      return new Refusal("ERR string exceeds maximum allowed size (CACHEE_VALUE_BYTES_MAX)");
    }
    return { put: withBody(existing, Buffer.concat([body, more], bytes)), answer: bytes };
  });
  return call.answer(done, (bytes) => call.out.integer(bytes));
}

export const UPDATE_COMMANDS: readonly Command[] = [
  {
    name: "append",
    arity: 3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Appends to a value.",
    run: runAppend,
  },
  {
    name: "incr",
    arity: 2,
    right: "both",
    keys: [1, 1, 1],
    summary: "Adds one to an integer.",
    run: (call) => add(call, 1n),
  },
  {
    name: "incrby",
    arity: 3,
    right: "both",
    keys: [1, 1, 1],
    summary: "Adds to an integer.",
    run: addGiven(1n),
  },
  {
    name: "decr",
    arity: 2,
    right: "both",
    keys: [1, 1, 1],
    summary: "Takes one from an integer.",
    run: (call) => add(call, -1n),
  },
  {
    name: "decrby",
    arity: 3,
    right: "both",
    keys: [1, 1, 1],
    summary: "Takes from an integer.",
    run: addGiven(-1n),
  },
];
