// SCAN, KEYS, RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL: over the store that holds the truth, L2 where there is one.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { Slices } from "../../../base/loop/slices.ts";
import { RESP_KEYS_MAX, RESP_SCAN_COUNT_MAX } from "../../../base/limits.ts";
import type { ScanPage, Store } from "../../../store/store.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { PATTERN_TOO_LONG } from "./glob.ts";
import { keyPatternOf, type KeyPattern } from "./key-pattern.ts";
import { parseInteger } from "../../wire/integer.ts";
import { typeOf } from "./type-of.ts";
import { NOT_AVAILABLE, NOT_INTEGER, NO_PERM_KEY, Refusal, SYNTAX } from "../../wire/refusal.ts";

const SCAN_COUNT_DEFAULT = 10;
/** Entries between two looks at the clock; of an L2, in one round trip. */
const WALKED_AT_ONCE = 64;
const L2_WALKED_AT_ONCE = 1_000;
/** What strtoul takes to its end; only cursors that this server gave have a meaning. */
const CURSOR = /^(?:[+-]?\d{1,20})?$/;
/** Tries at a random key within an API key's prefix, before the keys are walked for one. */
const RANDOM_TRIES_MAX = 16;

const KNOWN_TYPES: ReadonlySet<string> = new Set(["string", "hash", "set"]);
/** Entries of an L2 read at once for their types. */
const TYPES_READ_AT_ONCE = 16;

/** All there is where the client may see nothing of what it asks for. */
const NO_PAGE: ScanPage = { kind: "page", cursor: "0", keys: [] };

function stepOf(store: Store<unknown>): number {
  return store.isEmbedded ? WALKED_AT_ONCE : L2_WALKED_AT_ONCE;
}

interface ScanOptions {
  readonly count: number;
  readonly match: KeyPattern | undefined;
  /** Of what type the values have to be, as TYPE says it; none: of any. */
  readonly type: string | undefined;
}

function parseScan(call: Call): ScanOptions | Refusal {
  const { args } = call;
  let count = SCAN_COUNT_DEFAULT;
  let match: KeyPattern | undefined;
  let type: string | undefined;
  for (let i = 2; i < args.count; i += 2) {
    const word = args.lower(i);
    if (i + 1 >= args.count) return new Refusal(SYNTAX);
    if (word === "count") {
      const number = parseInteger(args.latin1(i + 1));
      if (number === undefined) return new Refusal(NOT_INTEGER);
      if (number < 1n) return new Refusal(SYNTAX);
      count = number > BigInt(RESP_SCAN_COUNT_MAX) ? RESP_SCAN_COUNT_MAX : Number(number);
    } else if (word === "match") {
      match = keyPatternOf(args, i + 1);
      if (match === undefined) return new Refusal(PATTERN_TOO_LONG);
    } else if (word === "type") type = args.lower(i + 1);
    else return new Refusal(SYNTAX);
  }
  return { count, match, type };
}

/** Looks at about `count` entries or for one slice of time, whichever is over first: the cursor goes on from there. */
async function runScan(call: Call): Promise<void> {
  const given = call.args.latin1(1);
  if (!CURSOR.test(given)) return call.fail("ERR invalid cursor");
  const options = parseScan(call);
  if (options instanceof Refusal) return call.fail(options.text);
  const { match, type, count } = options;
  const { store } = call.services;
  const prefix = walkedPrefix(call, match);
  const slices = new Slices(call.services.options.clock.nowMs);
  const keys: string[] = [];
  let cursor = given === "" ? "0" : given;
  for (let left = count; left > 0; left -= stepOf(store)) {
    const step = Math.min(left, stepOf(store));
    const page = prefix === undefined ? NO_PAGE : await store.scan(cursor, step, prefix);
    if (page.kind === "unavailable") return call.fail(NOT_AVAILABLE.text);
    const matching = match === undefined ? page.keys : page.keys.filter((key) => match.matches(key));
    keys.push(...(type === undefined ? matching : await ofType(store, matching, type, call.nowMs)));
    cursor = page.cursor;
    if (cursor === "0" || slices.isOver) break;
  }
  const { out } = call;
  out.array(2);
  out.bulkText(cursor);
  out.array(keys.length);
  for (const key of keys) out.key(key);
}

/** Those of `keys` whose values are of `type`; of an L2 they are read for that, some at a time. */
async function ofType(
  store: Store<unknown>,
  keys: readonly string[],
  type: string,
  nowMs: number,
): Promise<string[]> {
  const found: string[] = [];
  if (!KNOWN_TYPES.has(type)) return found;
  for (let at = 0; at < keys.length; at += TYPES_READ_AT_ONCE) {
    const some = keys.slice(at, at + TYPES_READ_AT_ONCE);
    const types = await Promise.all(
      some.map((key) =>
        after(store.read(key, nowMs), (result) =>
          result.kind === "found" ? typeOf(result.entry.record) : undefined,
        ),
      ),
    );
    found.push(...some.filter((_, i) => types[i] === type));
  }
  return found;
}

/** What every key that is looked for begins with; `undefined`: the client may see none of them. */
function walkedPrefix(call: Call, match: KeyPattern | undefined): string | undefined {
  const { prefix } = call.session.apiKey!;
  const literal = match?.prefix ?? "";
  if (literal.startsWith(prefix)) return literal;
  return prefix.startsWith(literal) ? prefix : undefined;
}

async function runKeys(call: Call): Promise<void> {
  const match = keyPatternOf(call.args, 1);
  if (match === undefined) return call.fail(PATTERN_TOO_LONG);
  const { store } = call.services;
  const prefix = walkedPrefix(call, match);
  const slices = new Slices(call.services.options.clock.nowMs);
  const keys = new Set<string>();
  let cursor = "0";
  do {
    const page = prefix === undefined ? NO_PAGE : await store.scan(cursor, stepOf(store), prefix);
    if (page.kind === "unavailable") return call.fail(NOT_AVAILABLE.text);
    for (const key of page.keys) if (match.matches(key)) keys.add(key);
    if (keys.size > RESP_KEYS_MAX) {
      return call.fail(`ERR more than ${RESP_KEYS_MAX} keys match; SCAN has no such bound`);
    }
    cursor = page.cursor;
  } while (cursor !== "0" && (await call.pause(slices)));
  call.out.array(keys.size);
  for (const key of keys) call.out.key(key);
}

/** A key of L1 chosen at random, if a few tries find one within the prefix; else the first of a walk. */
async function runRandomKey(call: Call): Promise<void> {
  const { store } = call.services;
  const { prefix } = call.session.apiKey!;
  for (let i = 0; i < RANDOM_TRIES_MAX && store.isFresh(call.nowMs); i++) {
    const key = store.engine.randomKey(call.nowMs);
    if (key === undefined) break;
    if (key.startsWith(prefix)) return call.out.key(key);
  }
  const slices = new Slices(call.services.options.clock.nowMs);
  let cursor = "0";
  do {
    const page = await store.scan(cursor, stepOf(store), prefix);
    if (page.kind === "unavailable") return call.fail(NOT_AVAILABLE.text);
    if (page.keys.length > 0) return call.out.key(page.keys[0]!);
    cursor = page.cursor;
  } while (cursor !== "0" && (await call.pause(slices)));
  call.out.nil();
}

function runDbSize(call: Call): MaybePromise<void> {
  return after(call.services.store.count(), (count) => {
    if (typeof count === "number") call.out.integer(count);
    else call.fail(NOT_AVAILABLE.text);
  });
}

function runFlush(call: Call): MaybePromise<void> {
  const { args } = call;
  if (args.count > 2) return call.fail(SYNTAX);
  if (args.count === 2 && args.lower(1) !== "sync" && args.lower(1) !== "async") return call.fail(SYNTAX);
  if (call.session.apiKey!.prefix !== "") return call.fail(NO_PERM_KEY);
  return after(call.services.store.invalidate({ kind: "all" }, call.session.apiKey!.name), (result) => {
    if (result.kind === "invalidated") return call.out.ok();
    if (result.kind === "unavailable") return call.fail(NOT_AVAILABLE.text);
    return call.fail("ERR too many invalidations are in force, nothing was done; try again");
  });
}

const FLUSH = {
  arity: -1,
  right: "admin",
  removesAll: true,
  summary: "Removes everything.",
  run: runFlush,
} as const;

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
    run: runDbSize,
  },
  { ...FLUSH, name: "flushdb" },
  { ...FLUSH, name: "flushall" },
];
