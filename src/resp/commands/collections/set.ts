// SADD, SREM, SMEMBERS, SISMEMBER, SMISMEMBER, SCARD, SSCAN: sets, each change one step over every instance.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { Refusal } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { changeCollection, readCollection, SET } from "./access.ts";
import { writeName, writeNames } from "./write-names.ts";
import { isCursor, NO_CURSOR, parsePage, writeEmptyPage } from "./scan.ts";

function membersOf({ args }: Call): string[] {
  return Array.from({ length: args.count - 2 }, (_, i) => args.latin1(i + 2));
}

/** Changes a set member by member; answers for how many of those `change` was true. */
function changing(change: (members: Set<string>, member: string) => boolean) {
  return (call: Call): MaybePromise<void> => {
    const given = membersOf(call);
    const done = changeCollection<Set<string>, number>(call, SET, (members) => {
      let changed = 0;
      for (const member of given) if (change(members, member)) changed += 1;
      return { changed: changed > 0, answer: changed };
    });
    return call.answer(done, (changed) => call.out.integer(changed));
  };
}

function add(members: Set<string>, member: string): boolean {
  const before = members.size;
  return members.add(member).size > before;
}

function runSmembers(call: Call): MaybePromise<void> {
  return readCollection(call, SET, (members) => {
    writeNames(call.out, members);
  });
}

function runSismember(call: Call): MaybePromise<void> {
  const [member] = membersOf(call);
  return readCollection(call, SET, (members) => call.out.integer(members.has(member!) ? 1 : 0));
}

function runSmismember(call: Call): MaybePromise<void> {
  const given = membersOf(call);
  return readCollection(call, SET, (members) => {
    call.out.array(given.length);
    for (const member of given) call.out.integer(members.has(member) ? 1 : 0);
  });
}

function runSscan(call: Call): MaybePromise<void> {
  if (!isCursor(call.args)) return call.fail(NO_CURSOR);
  const page = parsePage(call.args, false);
  return readCollection(call, SET, (members) => {
    if (page instanceof Refusal) return members.size === 0 ? writeEmptyPage(call.out) : call.fail(page.text);
    const found = [...members].filter((member) => page.match?.matches(member) !== false);
    call.out.array(2);
    call.out.bulkText("0");
    call.out.array(found.length);
    for (const member of found) writeName(call.out, member);
  });
}

const READ = { right: "read", keys: [1, 1, 1] } as const;
const WRITE = { right: "write", keys: [1, 1, 1] } as const;

export const SET_TYPE_COMMANDS: readonly Command[] = [
  { ...WRITE, name: "sadd", arity: -3, summary: "Adds members to a set.", run: changing(add) },
  {
    ...WRITE,
    name: "srem",
    arity: -3,
    summary: "Removes members from a set.",
    run: changing((members, member) => members.delete(member)),
  },
  { ...READ, name: "smembers", arity: 2, summary: "Returns the members of a set.", run: runSmembers },
  { ...READ, name: "sismember", arity: 3, summary: "Says whether a set has a member.", run: runSismember },
  { ...READ, name: "smismember", arity: -3, summary: "Says which of several a set has.", run: runSmismember },
  {
    ...READ,
    name: "scard",
    arity: 2,
    summary: "Counts the members of a set.",
    run: (call) => readCollection(call, SET, (members) => call.out.integer(members.size)),
  },
  { ...READ, name: "sscan", arity: -3, summary: "Walks over the members of a set.", run: runSscan },
];
