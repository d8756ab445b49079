// GET, MGET, GETDEL, GETEX, STRLEN, GETRANGE: what reads values. Plain GETs are answered by fast/gets.ts.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Slices } from "../../../base/loop/slices.ts";
import { BATCH_ITEMS_MAX, RESP_AT_ONCE_BYTES, RESP_REPLY_BYTES_MAX } from "../../../base/limits.ts";
import { isCollectionIn } from "../../../record/collection.ts";
import { bodyBytes, bodyStart } from "../../../record/in-place.ts";
import type { ReadResult, RemoveResult, WriteResult } from "../../../store/store.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { Call } from "../call.ts";
import type { Command, Parts } from "../command.ts";
import { EXPIRY_UNITS, positiveExpiry, type ExpiryOption } from "./expiry.ts";
import { parseInteger } from "../../wire/integer.ts";
import { takeRate } from "../rate.ts";
import { readString } from "../read-entry.ts";
import { NOT_AVAILABLE, NOT_INTEGER, OVERLOADED, Refusal, SYNTAX } from "../../wire/refusal.ts";
import { modifyString, withExpiry } from "../read-modify-write.ts";
import { isExpiryOption } from "./set.ts";

/** Values asked of L2 at once before their size is known, and the bytes of those asked for then, about. */
const FIRST_READ = 8;
const READ_BYTES = 8 * 1024 * 1024;
const TOO_MUCH = `ERR the values are more than ${RESP_REPLY_BYTES_MAX} bytes together`;

function runGet(call: Call): MaybePromise<void> {
  return readString(call, call.keys[0]!, (record) =>
    record === undefined ? call.out.nil() : call.value(record),
  );
}

/** All from L1 where it can; else anew, as one batch. */
function runMget(call: Call): MaybePromise<void> {
  const { keys, out } = call;
  const { store, options } = call.services;
  const before = out.length;
  out.array(keys.length);
  let hits = 0;
  if (store.isEmbedded && !store.isFresh(call.nowMs)) return mgetByReads(call);
  if (store.isFresh(call.nowMs)) {
    for (const key of keys) {
      const entry = store.engine.get(key, call.nowMs);
      if (entry === undefined) {
        if (!store.isEmbedded) break;
        out.nil();
        continue;
      }
      hits += 1;
      call.tracking.found(key, entry.record);
      if (isCollectionIn(entry.record)) {
        out.nil();
        continue;
      }
      const size = bodyBytes(entry.record);
      if (!call.hasRoomFor(size)) return refused(call, before, OVERLOADED);
      out.bulk(entry.record, bodyStart(entry.record), size);
      if (out.length - before > RESP_REPLY_BYTES_MAX) return refused(call, before, TOO_MUCH);
    }
  }
  if (!store.isEmbedded && hits < keys.length) {
    out.length = before;
    return batchMget(call);
  }
  options.laneTraffic.l1Hits += hits;
  options.laneTraffic.misses += keys.length - hits;
  if (hits === keys.length) return undefined;
  const written = out.length;
  out.length = before;
  if (takeRate(call, keys.length - hits)) out.length = written;
  return undefined;
}

/** In a script: one by one. Where one has to be waited for, the script is run again. */
function mgetByReads(call: Call): void {
  for (const key of call.keys) {
    const result = call.services.store.read(key, call.nowMs);
    if (!(result instanceof Promise)) writeResult(call, key, result);
  }
}

/** Answers with the error `text` in the place of what was written behind `before`. */
function refused(call: Call, before: number, text: string): void {
  call.out.length = before;
  call.fail(text);
}

/** By way of L2; what comes of it is held until all of it is there. */
async function batchMget(call: Call): Promise<void> {
  const { keys } = call;
  const results: AnyResult[] = [];
  let bytes = 0;
  let misses = 0;
  while (results.length < keys.length) {
    const count = countForBytes(results.length, bytes);
    for (const result of await readFromL2(call, keys.slice(results.length, results.length + count))) {
      if (result.kind === "unavailable") return call.fail(NOT_AVAILABLE.text);
      if (result.kind === "found") bytes += bodyBytes(result.entry.record);
      else misses += 1;
      results.push(result);
    }
    if (bytes > RESP_REPLY_BYTES_MAX) return call.fail(TOO_MUCH);
    if (!call.hasRoomFor(bytes)) return call.fail(OVERLOADED);
  }
  if (misses > 0 && !takeRate(call, misses)) return undefined;
  call.out.array(results.length);
  for (const [i, result] of results.entries()) writeResult(call, keys[i]!, result);
}

/** How many values to ask L2 for at once after `count` of them had `bytes`: about READ_BYTES of them. */
function countForBytes(count: number, bytes: number): number {
  const average = Math.max(1, bytes / Math.max(1, count));
  return Math.max(FIRST_READ, Math.floor(READ_BYTES / average));
}

function readFromL2({ services }: Call, keys: readonly string[]): Promise<readonly AnyResult[]> {
  return services.store.batch(keys.slice(0, BATCH_ITEMS_MAX).map((key) => ({ kind: "get", key })));
}

type AnyResult = ReadResult<unknown> | WriteResult | RemoveResult;

function writeResult(call: Call, key: string, result: AnyResult): void {
  const { laneTraffic } = call.services.options;
  if (result.kind === "found") {
    laneTraffic[result.tier === "l1" ? "l1Hits" : "l2Hits"] += 1;
    const { record } = result.entry;
    call.tracking.found(key, record);
    if (isCollectionIn(record)) call.out.nil();
    else if (!call.hasRoomFor(bodyBytes(record))) call.out.error(OVERLOADED);
    else call.out.bulk(record, bodyStart(record), bodyBytes(record));
  } else if (result.kind === "unavailable") {
    call.out.error(NOT_AVAILABLE.text);
  } else {
    laneTraffic.misses += 1;
    call.out.nil();
  }
}

/** A part of a long MGET: its answer has begun, so that a key which cannot be had is an error within it. */
async function mgetPart(call: Call, _: number, slices: Slices): Promise<number> {
  const { store } = call.services;
  const keys = [...call.keys];
  let bytes = 0;
  for (let at = 0; at < keys.length;) {
    const count = store.isEmbedded ? 1 : countForBytes(at, bytes);
    const some = keys.slice(at, at + count);
    const results = store.isEmbedded
      ? [store.read(some[0]!, call.nowMs) as AnyResult]
      : await readFromL2(call, some);
    for (const [i, result] of results.entries()) {
      if (result.kind === "found") bytes += bodyBytes(result.entry.record);
      writeResult(call, some[i]!, result);
    }
    at += results.length;
    if (!(await call.pause(slices))) break;
  }
  return 0;
}

/** L1 has more of its values than are copied at once. */
function isLargeMget({ keys, nowMs, services }: Call): boolean {
  const { engine } = services.store;
  let bytes = 0;
  for (const key of keys) bytes += engine.peek(key, nowMs)?.record.length ?? 0;
  return bytes > RESP_AT_ONCE_BYTES;
}

const MGET_IN_PARTS: Parts = {
  isLarge: isLargeMget,
  begin: (call, keys) => call.out.array(keys),
  part: mgetPart,
  end: () => undefined,
};

function runGetdel(call: Call): MaybePromise<void> {
  const done = modifyString<Uint8Array | undefined>(call, call.keys[0]!, (existing) =>
    existing === undefined ? { answer: undefined } : { put: "nothing", answer: existing.record.body },
  );
  return call.answer(done, (body) => answerBody(call, body));
}

function answerBody(call: Call, body: Uint8Array | undefined): void {
  if (body === undefined) call.out.nil();
  else call.out.bulk(body, 0, body.length);
}

type GetexOption = { readonly option: ExpiryOption | "persist"; readonly text: string } | undefined;

function parseGetex(args: Arguments): GetexOption | Refusal {
  let option: GetexOption;
  for (let i = 2; i < args.count; i++) {
    const word = args.lower(i);
    if (option !== undefined && option.option !== word) return new Refusal(SYNTAX);
    if (word === "persist") option = { option: "persist", text: "" };
    else if (isExpiryOption(word) && i + 1 < args.count) option = { option: word, text: args.latin1(++i) };
    else return new Refusal(SYNTAX);
  }
  return option;
}

function runGetex(call: Call): MaybePromise<void> {
  const { args } = call;
  const key = call.keys[0]!;
  const parsed = parseGetex(args);
  if (parsed instanceof Refusal) return call.fail(parsed.text);
  if (parsed === undefined) return runGet(call);
  const { option, text } = parsed;
  const wallMs = call.services.options.clock.wallMs();
  const done = modifyString<Uint8Array | undefined>(call, key, (existing) => {
    if (existing === undefined) return { answer: undefined };
    const answer = existing.record.body;
    if (option === "persist") {
      if (existing.record.expiresAtWallMs === Number.POSITIVE_INFINITY) return { answer };
      return { put: withExpiry(existing, Number.POSITIVE_INFINITY), answer };
    }
    const at = positiveExpiry(text, EXPIRY_UNITS[option], wallMs, "getex");
    if (at instanceof Refusal) return at;
    return { put: at <= wallMs ? "nothing" : withExpiry(existing, at), answer };
  });
  return call.answer(done, (body) => answerBody(call, body));
}

function runStrlen(call: Call): MaybePromise<void> {
  return readString(call, call.keys[0]!, (record) =>
    call.out.integer(record === undefined ? 0 : bodyBytes(record)),
  );
}

function runGetrange(call: Call): MaybePromise<void> {
  const { args } = call;
  const start = parseInteger(args.latin1(2));
  const end = parseInteger(args.latin1(3));
  if (start === undefined || end === undefined) return call.fail(NOT_INTEGER);
  return readString(call, call.keys[0]!, (record) => {
    const bytes = record === undefined ? 0 : bodyBytes(record);
    const [from, to] = rangeOf(start, end, bytes);
    if (record === undefined || from > to) call.out.raw("$0\r\n\r\n");
    else call.out.bulk(record, bodyStart(record) + from, to - from + 1);
  });
}

/** First and last byte of the range within `bytes`, negative ones counted from the end; empty: first > last. */
function rangeOf(start: bigint, end: bigint, bytes: number): [first: number, last: number] {
  if (bytes === 0 || (start < 0n && end < 0n && start > end)) return [1, 0];
  const whole = BigInt(bytes);
  const clamp = (at: bigint) => (at < 0n ? (at + whole < 0n ? 0n : at + whole) : at);
  const last = clamp(end);
  return [Number(clamp(start)), Number(last >= whole ? whole - 1n : last)];
}

export const READ_COMMANDS: readonly Command[] = [
  { name: "get", arity: 2, right: "read", keys: [1, 1, 1], summary: "Returns a value.", run: runGet },
  {
    name: "mget",
    arity: -2,
    right: "read",
    keys: [1, -1, 1],
    summary: "Returns the values of several keys.",
    run: runMget,
    parts: MGET_IN_PARTS,
  },
  {
    name: "getdel",
    arity: 2,
    right: "both",
    keys: [1, 1, 1],
    summary: "Returns a value and removes it.",
    run: runGetdel,
  },
  {
    name: "getex",
    arity: -2,
    right: "both",
    keys: [1, 1, 1],
    summary: "Returns a value and sets when it expires.",
    run: runGetex,
  },
  {
    name: "strlen",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Returns the bytes of a value.",
    run: runStrlen,
  },
  {
    name: "getrange",
    arity: 4,
    right: "read",
    keys: [1, 1, 1],
    summary: "Returns a part of a value.",
    run: runGetrange,
  },
  {
    name: "substr",
    arity: 4,
    right: "read",
    keys: [1, 1, 1],
    summary: "Returns a part of a value; GETRANGE by its older name.",
    run: runGetrange,
  },
];
