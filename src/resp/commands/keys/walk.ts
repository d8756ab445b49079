// SCAN, KEYS, RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL: over all that this instance holds in L1.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { Slices } from "../../../base/slices.ts";
import { RESP_KEYS_MAX, RESP_SCAN_COUNT_MAX } from "../../../base/limits.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { compileGlob, PATTERN_TOO_LONG, type Glob } from "./glob.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_AVAILABLE, NOT_INTEGER, NO_PERM_KEY, Refusal, SYNTAX } from "../../wire/refusal.ts";

const SCAN_COUNT_DEFAULT = 10;
/** Entries between two looks at the clock. */
const WALKED_AT_ONCE = 16;
/** What strtoul takes to its end; only cursors that this server gave have a meaning. */
const CURSOR = /^(?:[+-]?\d{1,20})?$/;
/** Tries at a random key within an API key's prefix, before the keys are walked for one. */
const RANDOM_TRIES_MAX = 16;

interface ScanOptions {
  readonly count: number;
  readonly match: Glob | undefined;
  readonly isOfType: boolean;
}

function parseScan(call: Call): ScanOptions | Refusal {
  const { args } = call;
  let count = SCAN_COUNT_DEFAULT;
  let match: Glob | undefined;
  let isOfType = true;
  for (let i = 2; i < args.count; i += 2) {
    const word = args.lower(i);
    if (i + 1 >= args.count) return new Refusal(SYNTAX);
    if (word === "count") {
      const number = parseInteger(args.latin1(i + 1));
      if (number === undefined) return new Refusal(NOT_INTEGER);
      if (number < 1n) return new Refusal(SYNTAX);
      count = number > BigInt(RESP_SCAN_COUNT_MAX) ? RESP_SCAN_COUNT_MAX : Number(number);
    } else if (word === "match") {
      match = compileGlob(args.text(i + 1));
      if (match === undefined) return new Refusal(PATTERN_TOO_LONG);
    } else if (word === "type") isOfType = args.lower(i + 1) === "string";
    else return new Refusal(SYNTAX);
  }
  return { count, match, isOfType };
}

/** Looks at `count` entries or for one slice of time, whichever is over first: the cursor goes on from there. */
function runScan(call: Call): MaybePromise<void> {
  const given = call.args.latin1(1);
  if (!CURSOR.test(given)) return call.fail("ERR invalid cursor");
  const options = parseScan(call);
  if (options instanceof Refusal) return call.fail(options.text);
  const { prefix } = call.session.apiKey!;
  const { match, isOfType, count } = options;
  const { engine } = call.services.store;
  const slices = new Slices(call.services.options.clock.nowMs);
  const keys: string[] = [];
  const from = Number(given);
  let cursor = Number.isSafeInteger(from) && from >= 0 ? from : 0;
  for (let left = count; left > 0; left -= WALKED_AT_ONCE) {
    cursor = engine.scan(cursor, Math.min(left, WALKED_AT_ONCE), call.nowMs, ({ key }) => {
      if (isOfType && key.startsWith(prefix) && (match === undefined || match(key))) keys.push(key);
    });
    if (cursor === 0 || slices.isOver) break;
  }
  const { out } = call;
  out.array(2);
  out.bulkText(String(cursor));
  out.array(keys.length);
  for (const key of keys) out.bulkText(key);
  return undefined;
}

async function runKeys(call: Call): Promise<void> {
  const match = compileGlob(call.args.text(1));
  if (match === undefined) return call.fail(PATTERN_TOO_LONG);
  const { engine } = call.services.store;
  const { prefix } = call.session.apiKey!;
  const slices = new Slices(call.services.options.clock.nowMs);
  const keys = new Set<string>();
  let cursor = 0;
  do {
    cursor = engine.scan(cursor, WALKED_AT_ONCE, call.nowMs, ({ key }) => {
      if (key.startsWith(prefix) && match(key)) keys.add(key);
    });
    if (keys.size > RESP_KEYS_MAX) {
      return call.fail(`ERR more than ${RESP_KEYS_MAX} keys match; SCAN has no such bound`);
    }
    if (!(await call.pause(slices))) return undefined;
  } while (cursor !== 0);
  call.out.array(keys.size);
  for (const key of keys) call.out.bulkText(key);
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
