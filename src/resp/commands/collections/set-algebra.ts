// SINTER, SUNION, SDIFF, SINTERCARD, their STORE forms, and SMOVE: several sets at once.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { RecordView } from "../../../record/record.ts";
import type { ReadResult } from "../../../store/store.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_AVAILABLE, Refusal, SYNTAX, TOO_LARGE, WRONG_TYPE } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { CommandShape } from "../command-shape.ts";
import { takeCountedKeys } from "../keys/counted-keys.ts";
import { asOneStep } from "../steps/as-one-step.ts";
import { changeCollection, collectionDraft, decodeRecord, SET } from "./access.ts";
import { writeNames } from "./write-names.ts";

type Sets = readonly ReadonlySet<string>[];
type Combine = (sets: Sets) => ReadonlySet<string>;

const EMPTY: ReadonlySet<string> = new Set();
const TOO_LARGE_TOGETHER = new Refusal("ERR the sets are too large together");

const intersection: Combine = (sets) => {
  const [smallest, ...others] = sets.toSorted((a, b) => a.size - b.size);
  const found = new Set<string>();
  for (const member of smallest!) if (others.every((other) => other.has(member))) found.add(member);
  return found;
};

const union: Combine = (sets) => {
  const all = new Set<string>();
  for (const set of sets) for (const member of set) all.add(member);
  return all;
};

const difference: Combine = ([first, ...others]) => {
  const left = new Set(first);
  for (const other of others) for (const member of other) left.delete(member);
  return left;
};

/** The sets of `keys`, empty ones where there are none; together they may have as many bytes as one value. */
function setsOf(call: Call, keys: readonly string[]): MaybePromise<Sets | Refusal> {
  const { store, options } = call.services;
  const reads = keys.map((key) => store.read(key, options.clock.nowMs()));
  if (!reads.some((read) => read instanceof Promise))
    return decodeAll(call, keys, reads as ReadResult<unknown>[]);
  return Promise.all(reads).then((results) => decodeAll(call, keys, results));
}

function decodeAll(
  { services, tracking }: Call,
  keys: readonly string[],
  results: readonly ReadResult<unknown>[],
): Sets | Refusal {
  const sets: ReadonlySet<string>[] = [];
  let bytes = 0;
  for (const [i, result] of results.entries()) {
    if (result.kind === "unavailable") return NOT_AVAILABLE;
    if (result.kind === "found") tracking.found(keys[i]!, result.entry.record);
    bytes += result.kind === "found" ? result.entry.record.length : 0;
    if (i > 0 && bytes > services.options.valueBytesMax) return TOO_LARGE_TOGETHER;
    const set = result.kind === "found" ? decodeRecord(SET, new RecordView(result.entry.record), 0) : EMPTY;
    if (set === undefined) return WRONG_TYPE;
    sets.push(set);
  }
  return sets;
}

const answering = (combine: Combine) => (call: Call) =>
  call.answer(setsOf(call, [...call.keys]), (sets) => writeNames(call.out, combine(sets)));

/** Puts `members` in the place of whatever `key` has; nothing where there are none. */
function putSet(call: Call, key: string, members: ReadonlySet<string>): MaybePromise<Refusal | undefined> {
  const { store, options } = call.services;
  if (members.size === 0) {
    return after(store.remove(key), ({ kind }) => (kind === "unavailable" ? NOT_AVAILABLE : undefined));
  }
  const body = SET.encode(new Set(members));
  if (body.length > options.valueBytesMax) return TOO_LARGE;
  return after(store.write(key, collectionDraft(SET, body, options.defaultTtlMs)), ({ kind }) => {
    if (kind === "unavailable") return NOT_AVAILABLE;
    return kind === "too_large" ? TOO_LARGE : undefined;
  });
}

const storing = (combine: Combine) =>
  asOneStep((call) => {
    const [to, ...from] = call.keys as [string, ...string[]];
    return after(setsOf(call, from), (sets): MaybePromise<void> => {
      if (sets instanceof Refusal) return call.fail(sets.text);
      const members = combine(sets);
      return after(putSet(call, to, members), (refusal) =>
        refusal === undefined ? call.out.integer(members.size) : call.fail(refusal.text),
      );
    });
  });

const SINTERCARD: Omit<CommandShape, "subcommands"> = {
  name: "sintercard",
  arity: -3,
  right: "read",
  keysCountedAt: 1,
  summary: "Counts the members that several sets have in common.",
};

function runSintercard(call: Call): MaybePromise<void> {
  const { args } = call;
  const count = takeCountedKeys(call, SINTERCARD, 1, 1, {
    notInteger: "ERR numkeys should be greater than 0",
    tooFew: "ERR numkeys should be greater than 0",
    tooMany: "ERR Number of keys can't be greater than number of args",
  });
  if (count === undefined) return undefined;
  let limit = 0n;
  for (let i = 2 + count; i < args.count; i += 2) {
    if (args.lower(i) !== "limit" || i + 1 >= args.count) return call.fail(SYNTAX);
    const most = parseInteger(args.latin1(i + 1));
    if (most === undefined || most < 0n) return call.fail("ERR LIMIT can't be negative");
    limit = most;
  }
  if (call.tracking.isOn) for (const key of call.keys) call.tracking.remember(key);
  return call.answer(setsOf(call, [...call.keys]), (sets) => {
    const { size } = intersection(sets);
    call.out.integer(limit === 0n || size < limit ? size : limit);
  });
}

function runSmove(call: Call): MaybePromise<void> {
  const [from, to] = call.keys as [string, string];
  const member = call.args.latin1(3);
  return after(setsOf(call, [from]), (found): MaybePromise<void> => {
    if (found instanceof Refusal) return call.fail(found.text);
    const [source] = found as [ReadonlySet<string>];
    if (source.size === 0) return call.out.integer(0);
    return after(setsOf(call, [to]), (others): MaybePromise<void> => {
      if (others instanceof Refusal) return call.fail(others.text);
      if (!source.has(member)) return call.out.integer(0);
      return from === to ? call.out.integer(1) : moveMember(call, member);
    });
  });
}

function moveMember(call: Call, member: string): MaybePromise<void> {
  const [from, to] = call.keys as [string, string];
  const move = (key: string, isTaken: boolean) =>
    changeCollection<Set<string>, undefined>(
      call,
      SET,
      (members) => {
        const before = members.size;
        if (isTaken) members.delete(member);
        else members.add(member);
        return { changed: members.size !== before, answer: undefined };
      },
      key,
    );
  return after(move(to, false), (added): MaybePromise<void> => {
    if (added instanceof Refusal) return call.fail(added.text);
    return call.answer(move(from, true), () => call.out.integer(1));
  });
}

const READ = { right: "read", arity: -2, keys: [1, -1, 1] } as const;
const STORE = { right: "both", arity: -3, keys: [1, -1, 1] } as const;

export const SET_ALGEBRA_COMMANDS: readonly Command[] = [
  { ...READ, name: "sinter", summary: "Returns what all sets have.", run: answering(intersection) },
  { ...READ, name: "sunion", summary: "Returns what any of the sets has.", run: answering(union) },
  { ...READ, name: "sdiff", summary: "Returns what the first set alone has.", run: answering(difference) },
  { ...STORE, name: "sinterstore", summary: "Stores what all sets have.", run: storing(intersection) },
  { ...STORE, name: "sunionstore", summary: "Stores what any of the sets has.", run: storing(union) },
  { ...STORE, name: "sdiffstore", summary: "Stores what the first set alone has.", run: storing(difference) },
  { ...SINTERCARD, run: runSintercard },
  {
    name: "smove",
    arity: 4,
    right: "both",
    keys: [1, 2, 1],
    summary: "Moves a member to another set.",
    run: asOneStep(runSmove),
  },
];
