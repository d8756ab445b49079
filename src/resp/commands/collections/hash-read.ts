// HGET, HMGET, HGETALL, HKEYS, HVALS, HEXISTS, HLEN, HSTRLEN, HSCAN: what reads hashes.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { Refusal } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { HASH, readCollection } from "./access.ts";
import { bytesOf, type HashFields } from "./codec.ts";
import { isCursor, NO_CURSOR, parsePage, writeEmptyPage } from "./scan.ts";

function bulk(call: Call, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) call.out.nil();
  else call.out.bulk(bytes, 0, bytes.length);
}

function runHget(call: Call): MaybePromise<void> {
  const field = call.args.latin1(2);
  return readCollection(call, HASH, (fields) => bulk(call, fields.get(field)));
}

function runHmget(call: Call): MaybePromise<void> {
  const { args } = call;
  const names = Array.from({ length: args.count - 2 }, (_, i) => args.latin1(i + 2));
  return readCollection(call, HASH, (fields) => {
    call.out.array(names.length);
    for (const name of names) bulk(call, fields.get(name));
  });
}

function runHgetall(call: Call): MaybePromise<void> {
  return readCollection(call, HASH, (fields) => {
    call.out.map(fields.size);
    for (const [name, value] of fields) {
      bulk(call, bytesOf(name));
      bulk(call, value);
    }
  });
}

function runHkeys(call: Call): MaybePromise<void> {
  return readCollection(call, HASH, (fields) => {
    call.out.array(fields.size);
    for (const name of fields.keys()) bulk(call, bytesOf(name));
  });
}

function runHvals(call: Call): MaybePromise<void> {
  return readCollection(call, HASH, (fields) => {
    call.out.array(fields.size);
    for (const value of fields.values()) bulk(call, value);
  });
}

/** Answers a number that `count` finds in the fields, given the call's third argument. */
function counting(count: (fields: HashFields, field: string) => number) {
  return (call: Call): MaybePromise<void> => {
    const field = call.args.count > 2 ? call.args.latin1(2) : "";
    return readCollection(call, HASH, (fields) => call.out.integer(count(fields, field)));
  };
}

function runHscan(call: Call): MaybePromise<void> {
  if (!isCursor(call.args)) return call.fail(NO_CURSOR);
  const page = parsePage(call.args, true);
  return readCollection(call, HASH, (fields) => {
    if (page instanceof Refusal) return fields.size === 0 ? writeEmptyPage(call.out) : call.fail(page.text);
    const found = [...fields].filter(([name]) => page.match?.matches(name) !== false);
    call.out.array(2);
    call.out.bulkText("0");
    call.out.array(page.noValues ? found.length : 2 * found.length);
    for (const [name, value] of found) {
      bulk(call, bytesOf(name));
      if (!page.noValues) bulk(call, value);
    }
  });
}

const READ = { right: "read", keys: [1, 1, 1] } as const;

export const HASH_READ_COMMANDS: readonly Command[] = [
  { ...READ, name: "hget", arity: 3, summary: "Returns a field of a hash.", run: runHget },
  { ...READ, name: "hmget", arity: -3, summary: "Returns several fields of a hash.", run: runHmget },
  {
    ...READ,
    name: "hgetall",
    arity: 2,
    summary: "Returns all fields of a hash with their values.",
    run: runHgetall,
  },
  { ...READ, name: "hkeys", arity: 2, summary: "Returns the names of a hash's fields.", run: runHkeys },
  { ...READ, name: "hvals", arity: 2, summary: "Returns the values of a hash's fields.", run: runHvals },
  {
    ...READ,
    name: "hexists",
    arity: 3,
    summary: "Says whether a hash has a field.",
    run: counting((fields, field) => (fields.has(field) ? 1 : 0)),
  },
  {
    ...READ,
    name: "hlen",
    arity: 2,
    summary: "Counts the fields of a hash.",
    run: counting((fields) => fields.size),
  },
  {
    ...READ,
    name: "hstrlen",
    arity: 3,
    summary: "Returns the bytes of a field's value.",
    run: counting((fields, field) => fields.get(field)?.length ?? 0),
  },
  { ...READ, name: "hscan", arity: -3, summary: "Walks over the fields of a hash.", run: runHscan },
];
