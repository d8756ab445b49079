// SCAN, KEYS, RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL: over all that this instance holds in L1.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { RESP_KEYS_MAX, RESP_SCAN_COUNT_MAX } from "../../../base/limits.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { compileGlob } from "./glob.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_AVAILABLE, NOT_INTEGER, NO_PERM_KEY, SYNTAX } from "../../wire/refusal.ts";

const SCAN_COUNT_DEFAULT = 10;
/** What strtoul takes to its end; only cursors that this server gave have a meaning. */
const CURSOR = /^(?:[+-]?\d{1,20})?$/;
/** Tries at a random key within an API key's prefix, before the keys are walked for one. */
const RANDOM_TRIES_MAX = 16;

function runScan(call: Call): MaybePromise<void> {
  const { args } = call;
  const given = args.latin1(1);
  if (!CURSOR.test(given)) return call.fail("ERR invalid cursor");
  let count = SCAN_COUNT_DEFAULT;
  let match: (key: string) => boolean = () => true;
  let isOfType = true;
  for (let i = 2; i < args.count; i += 2) {
    const word = args.lower(i);
    if (i + 1 >= args.count) return call.fail(SYNTAX);
    if (word === "count") {
      const number = parseInteger(args.latin1(i + 1));
      if (number === undefined) return call.fail(NOT_INTEGER);
      if (number < 1n) return call.fail(SYNTAX);
      count = Math.min(Number(number), RESP_SCAN_COUNT_MAX);
    } else if (word === "match") match = compileGlob(args.text(i + 1));
    else if (word === "type") isOfType = args.lower(i + 1) === "string";
    else return call.fail(SYNTAX);
  }
  const { prefix } = call.session.apiKey!;
  const keys: string[] = [];
  const from = Number(given);
  const known = Number.isSafeInteger(from) && from >= 0 ? from : 0;
  const cursor = call.services.store.engine.scan(known, count, call.nowMs, ({ key }) => {
    if (isOfType && key.startsWith(prefix) && match(key)) keys.push(key);
  });
  const { out } = call;
  out.array(2);
  out.bulkText(String(cursor));
  out.array(keys.length);
  for (const key of keys) out.bulkText(key);
  return undefined;
}

function runKeys(call: Call): MaybePromise<void> {
  const { args } = call;
  const match = compileGlob(args.text(1));
  const { engine } = call.services.store;
  const { prefix } = call.session.apiKey!;
  const keys = new Set<string>();
  let cursor = 0;
  do {
    cursor = engine.scan(cursor, RESP_SCAN_COUNT_MAX, call.nowMs, ({ key }) => {
      if (key.startsWith(prefix) && match(key)) keys.add(key);
    });
    if (keys.size > RESP_KEYS_MAX) {
      return call.fail(`ERR more than ${RESP_KEYS_MAX} keys match; SCAN has no such bound`);
    }
  } while (cursor !== 0);
  call.out.array(keys.size);
  for (const key of keys) call.out.bulkText(key);
  return undefined;
}

function runRandomKey(call: Call): MaybePromise<void> {
  const { engine } = call.services.store;
  const { prefix } = call.session.apiKey!;
  let key = engine.randomKey(call.nowMs);
  for (let i = 1; i < RANDOM_TRIES_MAX && key !== undefined && !key.startsWith(prefix); i++) {
    key = engine.randomKey(call.nowMs);
  }
  if (key === undefined || !key.startsWith(prefix)) call.out.nil();
  else call.out.bulkText(key);
  return undefined;
}

function runFlush(call: Call): MaybePromise<void> {
  const { args } = call;
  if (args.count > 2) return call.fail(SYNTAX);
  if (args.count === 2 && args.lower(1) !== "sync" && args.lower(1) !== "async") return call.fail(SYNTAX);
  if (call.session.apiKey!.prefix !== "") return call.fail(NO_PERM_KEY);
  return after(call.services.store.invalidate({ kind: "all" }, call.session.apiKey!.name), (result) => {
    if (result.kind === "unavailable") call.fail(NOT_AVAILABLE.text);
    else call.out.ok();
  });
}

export const WALK_COMMANDS: readonly Command[] = [
  { name: "scan", arity: -2, right: "read", summary: "Walks the keys, some at a time.", run: runScan },
  {
    name: "keys",
    arity: 2,
    right: "admin",
    summary: `Returns the keys that match, ${RESP_KEYS_MAX} at most.`,
    run: runKeys,
  },
  { name: "randomkey", arity: 1, right: "read", summary: "Returns any key.", run: runRandomKey },
  {
    name: "dbsize",
    arity: 1,
    right: "key",
    summary: "Counts the keys.",
    run: (call) => call.out.integer(call.services.store.engine.stats().entries),
  },
  { name: "flushdb", arity: -1, right: "admin", summary: "Removes everything.", run: runFlush },
  { name: "flushall", arity: -1, right: "admin", summary: "Removes everything.", run: runFlush },
];
