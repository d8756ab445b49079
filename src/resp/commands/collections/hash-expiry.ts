// HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME, HPERSIST: when fields expire.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { parseInteger } from "../../wire/integer.ts";
import { Refusal } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { allows, NO_GUARDS, type Guards } from "../keys/ttl.ts";
import { anyExpiry, EXPIRY_UNITS, type ExpiryOption } from "../values/expiry.ts";
import { changeCollection, HASH, readCollection } from "./access.ts";
import type { HashFields } from "./codec.ts";

const NO_FIELDS = "ERR Mandatory argument FIELDS is missing or not at the right position";
const NO_COUNT = "ERR Parameter `numFields` should be greater than 0";
const WRONG_COUNT = "ERR The `numfields` parameter must match the number of arguments";

/** Answers for a field: there is none, it does not expire, it stays as it is, done, and gone at once. */
const NO_FIELD = -2;
const NO_EXPIRY = -1;
const LEFT = 0;
const DONE = 1;
const GONE = 2;

/** The fields behind the word FIELDS, which is argument `at`. */
function fieldsAt({ args }: Call, at: number): string[] | Refusal {
  if (args.count <= at + 1 || args.lower(at) !== "fields") return new Refusal(NO_FIELDS);
  const count = parseInteger(args.latin1(at + 1));
  if (count === undefined || count < 1n) return new Refusal(NO_COUNT);
  if (count !== BigInt(args.count - at - 2)) return new Refusal(WRONG_COUNT);
  return Array.from({ length: Number(count) }, (_, i) => args.latin1(at + 2 + i));
}

function writeAll({ out }: Call, answers: readonly number[]): void {
  out.array(answers.length);
  for (const answer of answers) out.integer(answer);
}

function setExpiry(option: ExpiryOption, name: string) {
  return (call: Call): MaybePromise<void> => {
    const { args } = call;
    const wallMs = call.services.options.clock.wallMs();
    const at = anyExpiry(args.latin1(2), EXPIRY_UNITS[option], wallMs, name);
    if (at instanceof Refusal) return call.fail(at.text);
    if (args.latin1(2).startsWith("-")) return call.fail("ERR invalid expire time, must be >= 0");
    const word = args.lower(3);
    const isGuarded = Object.hasOwn(NO_GUARDS, word);
    const guards: Guards = isGuarded ? { ...NO_GUARDS, [word]: true } : NO_GUARDS;
    const fields = fieldsAt(call, isGuarded ? 4 : 3);
    if (fields instanceof Refusal) return call.fail(fields.text);
    const done = changeCollection<HashFields, number[]>(call, HASH, (hash) => {
      const answers = fields.map((field) => expireField(hash, field, { guards, at, isPast: at <= wallMs }));
      return { changed: answers.some((answer) => answer > LEFT), answer: answers };
    });
    return call.answer(done, (answers) => writeAll(call, answers));
  };
}

interface Wanted {
  readonly guards: Guards;
  readonly at: number;
  readonly isPast: boolean;
}

function expireField(hash: HashFields, field: string, { guards, at, isPast }: Wanted): number {
  if (!hash.has(field)) return NO_FIELD;
  if (!allows(guards, hash.expiries.get(field) ?? Number.POSITIVE_INFINITY, at)) return LEFT;
  if (isPast) hash.delete(field);
  else hash.expiries.set(field, at);
  return isPast ? GONE : DONE;
}

/** `told` makes the answer of a field's expiry and the time now, wall ms. */
function telling(told: (atMs: number, wallMs: number) => number) {
  return (call: Call): MaybePromise<void> => {
    const fields = fieldsAt(call, 2);
    if (fields instanceof Refusal) return call.fail(fields.text);
    const wallMs = call.services.options.clock.wallMs();
    return readCollection(call, HASH, (hash) => {
      const answers = fields.map((field) => {
        if (!hash.has(field)) return NO_FIELD;
        const at = hash.expiries.get(field);
        return at === undefined ? NO_EXPIRY : told(at, wallMs);
      });
      writeAll(call, answers);
    });
  };
}

function runHpersist(call: Call): MaybePromise<void> {
  const fields = fieldsAt(call, 2);
  if (fields instanceof Refusal) return call.fail(fields.text);
  const done = changeCollection<HashFields, number[]>(call, HASH, (hash) => {
    const answers = fields.map((field) => {
      if (!hash.has(field)) return NO_FIELD;
      return hash.expiries.delete(field) ? DONE : NO_EXPIRY;
    });
    return { changed: answers.includes(DONE), answer: answers };
  });
  return call.answer(done, (answers) => writeAll(call, answers));
}

const KEY = [1, 1, 1] as const;

const expiring = (name: string, option: ExpiryOption, summary: string): Command => ({
  name,
  arity: -6,
  right: "write",
  keys: KEY,
  summary,
  run: setExpiry(option, name),
});

const asking = (name: string, summary: string, told: (atMs: number, wallMs: number) => number): Command => ({
  name,
  arity: -5,
  right: "read",
  keys: KEY,
  summary,
  run: telling(told),
});

export const HASH_EXPIRY_COMMANDS: readonly Command[] = [
  expiring("hexpire", "ex", "Has fields of a hash expire after seconds."),
  expiring("hpexpire", "px", "Has fields of a hash expire after milliseconds."),
  expiring("hexpireat", "exat", "Has fields of a hash expire at a time in seconds."),
  expiring("hpexpireat", "pxat", "Has fields of a hash expire at a time in milliseconds."),
  asking("httl", "Returns the seconds that fields still have.", (at, now) => Math.ceil((at - now) / 1_000)),
  asking("hpttl", "Returns the milliseconds that fields still have.", (at, now) => Math.ceil(at - now)),
  asking("hexpiretime", "Returns when fields expire, in seconds.", (at) => Math.ceil(at / 1_000)),
  asking("hpexpiretime", "Returns when fields expire, in milliseconds.", (at) => at),
  {
    name: "hpersist",
    arity: -5,
    right: "write",
    keys: KEY,
    summary: "Has fields of a hash expire no more.",
    run: runHpersist,
  },
];
