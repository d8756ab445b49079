// TTL commands: EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST, TTL, PTTL, EXPIRETIME, PEXPIRETIME.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { Call } from "../call.ts";
import { expiryIn } from "../../../record/in-place.ts";
import type { Command } from "../command.ts";
import { anyExpiry, EXPIRY_UNITS, type ExpiryOption } from "../values/expiry.ts";
import { readEntry } from "../read-entry.ts";
import { Refusal } from "../../wire/refusal.ts";
import { readModifyWrite, withExpiry } from "../read-modify-write.ts";

export interface Guards {
  readonly nx: boolean;
  readonly xx: boolean;
  readonly gt: boolean;
  readonly lt: boolean;
}

export const NO_GUARDS: Guards = { nx: false, xx: false, gt: false, lt: false };

function parseGuards(args: Arguments): Guards | Refusal {
  const guards = { ...NO_GUARDS };
  for (let i = 3; i < args.count; i++) {
    const word = args.lower(i);
    if (!Object.hasOwn(guards, word)) return new Refusal(`ERR Unsupported option ${args.latin1(i)}`);
    guards[word as keyof Guards] = true;
  }
  if (guards.nx && (guards.xx || guards.gt || guards.lt)) {
    return new Refusal("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (guards.gt && guards.lt) {
    return new Refusal("ERR GT and LT options at the same time are not compatible");
  }
  return guards;
}

/** Whether the guards let `at` take the place of `present`; Infinity stands for no expiry. */
export function allows(guards: Guards, present: number, at: number): boolean {
  const isFinite = present !== Number.POSITIVE_INFINITY;
  if (guards.nx && isFinite) return false;
  if (guards.xx && !isFinite) return false;
  if (guards.gt && at <= present) return false;
  return !(guards.lt && at >= present);
}

function setExpiry(option: ExpiryOption, name: string) {
  return (call: Call): MaybePromise<void> => {
    const { args } = call;
    const guards = parseGuards(args);
    if (guards instanceof Refusal) return call.fail(guards.text);
    const wallMs = call.services.options.clock.wallMs();
    const at = anyExpiry(args.latin1(2), EXPIRY_UNITS[option], wallMs, name);
    if (at instanceof Refusal) return call.fail(at.text);
    const done = readModifyWrite<number>(call, call.keys[0]!, (existing) => {
      if (existing === undefined) return { answer: 0 };
      if (!allows(guards, existing.record.expiresAtWallMs, at)) return { answer: 0 };
      return { put: at <= wallMs ? "nothing" : withExpiry(existing, at), answer: 1 };
    });
    return call.answer(done, (answer) => call.out.integer(answer));
  };
}

function runPersist(call: Call): MaybePromise<void> {
  const done = readModifyWrite<number>(call, call.keys[0]!, (existing) => {
    if (existing === undefined || existing.record.expiresAtWallMs === Number.POSITIVE_INFINITY) {
      return { answer: 0 };
    }
    return { put: withExpiry(existing, Number.POSITIVE_INFINITY), answer: 1 };
  });
  return call.answer(done, (answer) => call.out.integer(answer));
}

/** Answers `-2` for no entry, `-1` for no expiry, else what `of` makes of the expiry in wall ms. */
function askExpiry(of: (expiresAtWallMs: number, wallMs: number) => number) {
  return (call: Call): MaybePromise<void> =>
    readEntry(call, call.keys[0]!, (record) => {
      if (record === undefined) return call.out.integer(-2);
      const at = expiryIn(record);
      if (at === Number.POSITIVE_INFINITY) return call.out.integer(-1);
      call.out.integer(of(at, call.services.options.clock.wallMs()));
    });
}

const seconds = (ms: number): number => Math.floor((ms + 500) / 1_000);
const left = (at: number, wallMs: number): number => Math.max(0, Math.trunc(at - wallMs));

export const TTL_COMMANDS: readonly Command[] = [
  {
    name: "expire",
    arity: -3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Lets a key expire after seconds.",
    run: setExpiry("ex", "expire"),
  },
  {
    name: "pexpire",
    arity: -3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Lets a key expire after milliseconds.",
    run: setExpiry("px", "pexpire"),
  },
  {
    name: "expireat",
    arity: -3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Lets a key expire at a Unix time in seconds.",
    run: setExpiry("exat", "expireat"),
  },
  {
    name: "pexpireat",
    arity: -3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Lets a key expire at a Unix time in milliseconds.",
    run: setExpiry("pxat", "pexpireat"),
  },
  {
    name: "persist",
    arity: 2,
    right: "write",
    keys: [1, 1, 1],
    summary: "Lets a key no longer expire.",
    run: runPersist,
  },
  {
    name: "ttl",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Says in how many seconds a key expires.",
    run: askExpiry((at, wallMs) => seconds(left(at, wallMs))),
  },
  {
    name: "pttl",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Says in how many milliseconds a key expires.",
    run: askExpiry(left),
  },
  {
    name: "expiretime",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Says at which Unix time in seconds a key expires.",
    run: askExpiry((at) => seconds(at)),
  },
  {
    name: "pexpiretime",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Says at which Unix time in milliseconds a key expires.",
    run: askExpiry((at) => Math.trunc(at)),
  },
];
