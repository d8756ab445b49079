// GETSET, SETRANGE, INCRBYFLOAT, MSETNX: the older ways to change a value.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { ReadResult, WriteResult } from "../../../store/store.ts";
import type { Arguments } from "../../wire/arguments.ts";
import { addDecimals, isInfinite, NOT_FLOAT, parseDecimal, SUM_NOT_FINITE } from "../../wire/decimal.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_AVAILABLE, NOT_INTEGER, Refusal, TOO_LARGE, wrongArity } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { modifyString, plainDraft, withBody } from "../read-modify-write.ts";
import { asOneStep } from "../steps/as-one-step.ts";

const TOO_LONG = "ERR string exceeds maximum allowed size (CACHEE_VALUE_BYTES_MAX)";

function runGetset(call: Call): MaybePromise<void> {
  const value = call.args.bytes(2);
  const { defaultTtlMs } = call.services.options;
  const done = modifyString<Uint8Array | undefined>(call, call.keys[0]!, (existing) => ({
    put: plainDraft(value, defaultTtlMs),
    answer: existing?.record.body,
  }));
  return call.answer(done, (before) => {
    if (before === undefined) call.out.nil();
    else call.out.bulk(before, 0, before.length);
  });
}

function runSetrange(call: Call): MaybePromise<void> {
  const { args } = call;
  const { valueBytesMax, defaultTtlMs } = call.services.options;
  const given = parseInteger(args.latin1(2));
  if (given === undefined) return call.fail(NOT_INTEGER);
  if (given < 0n) return call.fail("ERR offset is out of range");
  const value = args.bytes(3);
  const done = modifyString<number>(call, call.keys[0]!, (existing) => {
    const body = existing?.record.body ?? new Uint8Array(0);
    if (value.length === 0) return { answer: body.length };
    if (given + BigInt(value.length) > BigInt(valueBytesMax)) return new Refusal(TOO_LONG);
    const offset = Number(given);
    const changed = new Uint8Array(Math.max(body.length, offset + value.length));
    changed.set(body);
    changed.set(value, offset);
    return {
      put: existing === undefined ? plainDraft(changed, defaultTtlMs) : withBody(existing, changed),
      answer: changed.length,
    };
  });
  return call.answer(done, (bytes) => call.out.integer(bytes));
}

/** In decimals, so that no digit is lost: Redis's own arithmetic differs in the seventeenth. */
function runIncrByFloat(call: Call): MaybePromise<void> {
  const given = call.args.latin1(2);
  const amount = parseDecimal(given);
  const { defaultTtlMs } = call.services.options;
  const done = modifyString<Buffer>(call, call.keys[0]!, (existing) => {
    // After the type, as Redis looks at them.
    if (amount === undefined && !isInfinite(given)) return new Refusal(NOT_FLOAT);
    const text = existing === undefined ? "0" : Buffer.from(existing.record.body).latin1Slice();
    const present = parseDecimal(text);
    if (present === undefined && !isInfinite(text)) return new Refusal(NOT_FLOAT);
    if (present === undefined || amount === undefined) return new Refusal(SUM_NOT_FINITE);
    const value = Buffer.from(addDecimals(present, amount), "latin1");
    return {
      put: existing === undefined ? plainDraft(value, defaultTtlMs) : withBody(existing, value),
      answer: value,
    };
  });
  return call.answer(done, (value) => call.out.bulk(value, 0, value.length));
}

function runMsetnx(call: Call): MaybePromise<void> {
  const { args, keys } = call;
  const { store, options } = call.services;
  if (args.count % 2 === 0) return call.fail(wrongArity("msetnx"));
  if (keys.length === 1) {
    const result = store.write(keys[0]!, draftOf(args, 0, options.defaultTtlMs), { kind: "absent" });
    return after(result, (written) => answerSetnx(call, written));
  }
  if (!store.isEmbedded) {
    return call.fail(
      "ERR MSETNX of keys in several partitions is no single step in a shared store; use SET with NX for each",
    );
  }
  if (keys.some((key) => isThere(store.read(key, call.nowMs)))) return call.out.integer(0);
  for (const [i, key] of keys.entries()) {
    const result = store.write(key, draftOf(args, i, options.defaultTtlMs)) as WriteResult;
    if (result.kind !== "written") return call.fail(TOO_LARGE.text);
  }
  call.out.integer(1);
  return undefined;
}

/** What a script has to wait for counts as absent: it is run again. */
function isThere(read: MaybePromise<ReadResult<unknown>>): boolean {
  return !(read instanceof Promise) && read.kind === "found";
}

function draftOf(args: Arguments, index: number, ttlMs: number | undefined) {
  return plainDraft(args.bytes(2 * index + 2), ttlMs);
}

function answerSetnx(call: Call, result: WriteResult): void {
  if (result.kind === "written") call.out.integer(1);
  else if (result.kind === "failed_condition") call.out.integer(0);
  else call.fail(result.kind === "too_large" ? TOO_LARGE.text : NOT_AVAILABLE.text);
}

export const REPLACE_COMMANDS: readonly Command[] = [
  {
    name: "getset",
    arity: 3,
    right: "both",
    keys: [1, 1, 1],
    summary: "Sets a value and returns the one before.",
    run: runGetset,
  },
  {
    name: "setrange",
    arity: 4,
    right: "write",
    keys: [1, 1, 1],
    summary: "Overwrites a part of a value.",
    run: runSetrange,
  },
  {
    name: "incrbyfloat",
    arity: 3,
    right: "both",
    keys: [1, 1, 1],
    summary: "Adds to a number with decimals.",
    run: runIncrByFloat,
  },
  {
    name: "msetnx",
    arity: -3,
    right: "write",
    keys: [1, -1, 2],
    summary: "Sets several values only where there are none.",
    run: asOneStep(runMsetnx),
  },
];
