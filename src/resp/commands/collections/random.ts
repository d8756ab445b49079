// SPOP, SRANDMEMBER, HRANDFIELD: members and fields by chance.

import { RANDOM_ITEMS_MAX } from "../../../base/limits/steps.ts";
import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { INT64_MAX, parseInteger } from "../../wire/integer.ts";
import { SYNTAX } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { changeCollection, HASH, readCollection, SET } from "./access.ts";
import { writeName } from "./write-names.ts";

const NOT_POSITIVE = "ERR value is out of range, must be positive";
const OUT_OF_RANGE = `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`;
const TOO_MANY = `ERR value is out of range: ${RANDOM_ITEMS_MAX} items are the most at once`;

/** `count` of `items`, each once: all where there are no more. */
function someOf<T>(items: readonly T[], count: number): T[] {
  const left = [...items];
  const wanted = Math.min(count, left.length);
  for (let i = 0; i < wanted; i++) {
    const at = i + Math.floor(Math.random() * (left.length - i));
    [left[i], left[at]] = [left[at]!, left[i]!];
  }
  return left.slice(0, wanted);
}

/** `count` of `items`, each as often as chance has it; none where there are none. */
function anyOf<T>(items: readonly T[], count: number): T[] {
  if (items.length === 0) return [];
  return Array.from({ length: count }, () => items[Math.floor(Math.random() * items.length)]!);
}

/** The number of items in argument 2: below 0 for such as may come repeatedly. Nothing: it was refused. */
function countOf(call: Call): number | undefined {
  const text = call.args.latin1(2);
  const count = parseInteger(text);
  if (count === undefined) call.fail("ERR value is not an integer or out of range");
  else if (count < -INT64_MAX) call.fail(OUT_OF_RANGE);
  else if (count < -RANDOM_ITEMS_MAX) call.fail(TOO_MANY);
  else return Number(count);
  return undefined;
}

const pick = <T>(items: readonly T[], count: number): T[] =>
  count < 0 ? anyOf(items, -count) : someOf(items, count);

function runSpop(call: Call): MaybePromise<void> {
  const { args } = call;
  if (args.count > 3) return call.fail(SYNTAX);
  const count = args.count === 3 ? parseInteger(args.latin1(2)) : 1n;
  if (count === undefined || count < 0n) return call.fail(NOT_POSITIVE);
  const done = changeCollection<Set<string>, string[]>(call, SET, (members) => {
    const taken = someOf([...members], Number(count));
    for (const member of taken) members.delete(member);
    return { changed: taken.length > 0, answer: taken };
  });
  return call.answer(done, (taken) => {
    if (args.count === 3) call.out.set(taken.length);
    else if (taken.length === 0) return call.out.nil();
    for (const member of taken) writeName(call.out, member);
  });
}

function runSrandmember(call: Call): MaybePromise<void> {
  const { args, out } = call;
  if (args.count > 3) return call.fail(SYNTAX);
  const count = args.count === 3 ? countOf(call) : 1;
  if (count === undefined) return undefined;
  return readCollection(call, SET, (members) => {
    const found = pick([...members], count);
    if (args.count === 3) out.array(found.length);
    else if (found.length === 0) return out.nil();
    for (const member of found) writeName(out, member);
  });
}

function runHrandfield(call: Call): MaybePromise<void> {
  const { args, out } = call;
  if (args.count > 4 || (args.count === 4 && args.lower(3) !== "withvalues")) return call.fail(SYNTAX);
  const count = args.count > 2 ? countOf(call) : 1;
  if (count === undefined) return undefined;
  return readCollection(call, HASH, (fields) => {
    const found = pick([...fields], count);
    if (args.count > 2) return writeFields(call, found, args.count === 4);
    return found.length === 0 ? out.nil() : writeName(out, found[0]![0]);
  });
}

/** With their values side by side, or in pairs where the protocol is the third. */
function writeFields(
  { out }: Call,
  found: readonly (readonly [string, Uint8Array])[],
  withValues: boolean,
): void {
  const isFlat = withValues && out.protocol === 2;
  out.array(isFlat ? 2 * found.length : found.length);
  for (const [field, value] of found) {
    if (withValues && !isFlat) out.array(2);
    writeName(out, field);
    if (withValues) out.bulk(value, 0, value.length);
  }
}

const FIRST_KEY = [1, 1, 1] as const;

export const RANDOM_COMMANDS: readonly Command[] = [
  {
    name: "spop",
    arity: -2,
    right: "both",
    keys: FIRST_KEY,
    summary: "Takes members out of a set by chance.",
    run: runSpop,
  },
  {
    name: "srandmember",
    arity: -2,
    right: "read",
    keys: FIRST_KEY,
    summary: "Returns members of a set by chance.",
    run: runSrandmember,
  },
  {
    name: "hrandfield",
    arity: -2,
    right: "read",
    keys: FIRST_KEY,
    summary: "Returns fields of a hash by chance.",
    run: runHrandfield,
  },
];
