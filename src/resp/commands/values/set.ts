// SET and its kin: SETEX, PSETEX, SETNX, MSET. SET without options is hot.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Condition, Draft, Store, WriteResult } from "../../../store/store.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { Call } from "../call.ts";
import type { Command, Parts } from "../command.ts";
import { EXPIRY_UNITS, positiveExpiry, type ExpiryOption } from "./expiry.ts";
import {
  NO_PERM_KEY,
  NOT_AVAILABLE,
  Refusal,
  SYNTAX,
  TOO_LARGE,
  WRONG_TYPE,
  wrongArity,
} from "../../wire/refusal.ts";
import { collectionKind } from "../../../record/collection.ts";
import { plainDraft, readModifyWrite, type Existing } from "../read-modify-write.ts";

interface SetOptions {
  readonly only: "nx" | "xx" | undefined;
  readonly keepTtl: boolean;
  /** Answer with the value that was there. */
  readonly get: boolean;
  readonly expiry: { readonly option: ExpiryOption; readonly text: string } | undefined;
}

const ABSENT: Condition = { kind: "absent" };
const PRESENT: Condition = { kind: "present" };

function parseSetOptions(args: Arguments): SetOptions | undefined {
  let only: SetOptions["only"];
  let keepTtl = false;
  let get = false;
  let expiry: SetOptions["expiry"];
  for (let i = 3; i < args.count; i++) {
    const word = args.lower(i);
    if ((word === "nx" || word === "xx") && (only === undefined || only === word)) only = word;
    else if (word === "get") get = true;
    else if (word === "keepttl" && expiry === undefined) keepTtl = true;
    else if (isExpiryOption(word) && !keepTtl && i + 1 < args.count) {
      if (expiry !== undefined && expiry.option !== word) return undefined;
      i += 1;
      expiry = { option: word, text: args.latin1(i) };
    } else return undefined;
  }
  return { only, keepTtl, get, expiry };
}

export function isExpiryOption(word: string): word is ExpiryOption {
  return Object.hasOwn(EXPIRY_UNITS, word);
}

/** Answers a write with OK, or with what kept it from being done. */
function answerWrite(call: Call, result: WriteResult, refused: () => void): void {
  switch (result.kind) {
    case "written":
      return call.out.ok();
    case "failed_condition":
      return refused();
    case "too_large":
      return call.fail(TOO_LARGE.text);
    case "unavailable":
      return call.fail(NOT_AVAILABLE.text);
  }
}

function runSet(call: Call): MaybePromise<void> {
  const { args } = call;
  const key = call.keys[0]!;
  const { store, options } = call.services;
  if (args.count === 3) {
    const result = store.write(key, plainDraft(args.bytes(2), options.defaultTtlMs));
    return after(result, (written) => answerWrite(call, written, () => call.out.nil()));
  }
  const parsed = parseSetOptions(args);
  if (parsed === undefined) return call.fail(SYNTAX);
  const { only, keepTtl, get, expiry } = parsed;
  if (get && !call.session.apiKey!.read) return call.fail(NO_PERM_KEY);
  let expiresAtWallMs: number | undefined;
  if (expiry !== undefined) {
    const at = positiveExpiry(expiry.text, EXPIRY_UNITS[expiry.option], options.clock.wallMs(), "set");
    if (at instanceof Refusal) return call.fail(at.text);
    expiresAtWallMs = at;
  }
  if (keepTtl || get || isPast(call, expiresAtWallMs)) {
    return setAfterReading(call, key, args.bytes(2), parsed, expiresAtWallMs);
  }
  const draft = plainDraft(args.bytes(2), options.defaultTtlMs, expiresAtWallMs);
  const result = store.write(key, draft, only === "nx" ? ABSENT : only === "xx" ? PRESENT : undefined);
  return after(result, (written) => answerWrite(call, written, () => call.out.nil()));
}

function isPast(call: Call, wallMs: number | undefined): boolean {
  return wallMs !== undefined && wallMs <= call.services.options.clock.wallMs();
}

/** SET where the entry that is there matters; one that expires in the past leaves nothing behind. */
function setAfterReading(
  call: Call,
  key: string,
  body: Uint8Array,
  options: SetOptions,
  expiresAtWallMs: number | undefined,
): MaybePromise<void> {
  interface Done {
    readonly wrote: boolean;
    readonly before: Uint8Array | undefined;
  }
  const done = readModifyWrite<Done>(call, key, (existing) => {
    const before = existing?.record.body;
    if (options.get && existing !== undefined && collectionKind(existing.record.contentType) !== undefined) {
      return WRONG_TYPE;
    }
    const barred = options.only === "nx" ? existing !== undefined : existing === undefined;
    if (options.only !== undefined && barred) return { answer: { wrote: false, before } };
    const answer = { wrote: true, before };
    if (isPast(call, expiresAtWallMs))
      return existing === undefined ? { answer } : { put: "nothing", answer };
    const kept = options.keepTtl ? keptExpiry(call, existing) : expiresAtWallMs;
    return { put: plainDraft(body, call.services.options.defaultTtlMs, kept), answer };
  });
  return call.answer(done, ({ wrote, before }) => {
    if (options.get) return before === undefined ? call.out.nil() : call.out.bulk(before, 0, before.length);
    return wrote ? call.out.ok() : call.out.nil();
  });
}

/** The expiry that KEEPTTL keeps; nothing to keep leaves it to the default. */
function keptExpiry(call: Call, existing: Existing | undefined): number | undefined {
  if (existing !== undefined) return existing.record.expiresAtWallMs;
  return call.services.options.defaultTtlMs === undefined ? Number.POSITIVE_INFINITY : undefined;
}

function setWithin(unit: "ex" | "px", name: string) {
  return (call: Call): MaybePromise<void> => {
    const { args } = call;
    const at = positiveExpiry(args.latin1(2), EXPIRY_UNITS[unit], call.services.options.clock.wallMs(), name);
    if (at instanceof Refusal) return call.fail(at.text);
    const result = call.services.store.write(call.keys[0]!, plainDraft(args.bytes(3), undefined, at));
    return after(result, (written) => answerWrite(call, written, () => call.out.nil()));
  };
}

function runSetnx(call: Call): MaybePromise<void> {
  const { args } = call;
  const { store, options } = call.services;
  const draft = plainDraft(args.bytes(2), options.defaultTtlMs);
  return after(store.write(call.keys[0]!, draft, ABSENT), (result) => {
    if (result.kind === "written") return call.out.integer(1);
    return answerWrite(call, result, () => call.out.integer(0));
  });
}

function runMset(call: Call): MaybePromise<void> {
  const complaint = refuseMset(call.args);
  if (complaint !== undefined) return call.fail(complaint);
  return after(setAll(call, 1), (failed) =>
    failed === undefined ? call.out.ok() : answerWrite(call, failed, () => {}),
  );
}

function refuseMset(args: Arguments): string | undefined {
  return args.count % 2 === 0 ? wrongArity("mset") : undefined;
}

const NOTHING_READ = new Map<string, undefined>();

/** Writes `call.keys`, the first of which is argument `first` and has its value behind it; what failed, if any did. */
function setAll(call: Call, first: number): MaybePromise<WriteResult | undefined> {
  const { args, keys } = call;
  const { store, options } = call.services;
  const draftOf = (i: number) => plainDraft(args.bytes(first + 2 * i + 1), options.defaultTtlMs);
  if (store.isEmbedded) {
    let failed: WriteResult | undefined;
    for (const [i, key] of keys.entries()) {
      const result = store.write(key, draftOf(i)) as WriteResult;
      if (result.kind !== "written") failed = result;
    }
    return failed;
  }
  const drafts = new Map(keys.map((key, i) => [key, draftOf(i)]));
  return after(store.commit({ read: NOTHING_READ, written: drafts }), (result) => {
    if (result.kind === "done") return undefined;
    return result.kind === "apart" ? setEach(store, drafts) : result;
  });
}

/** Where the keys are no single step in the store: each by itself. */
async function setEach(
  store: Store<unknown>,
  drafts: ReadonlyMap<string, Draft>,
): Promise<WriteResult | undefined> {
  const operations = Array.from(drafts, ([key, draft]) => ({ kind: "set" as const, key, draft }));
  const results = await store.batch(operations);
  return results.find((result) => result.kind !== "written") as WriteResult | undefined;
}

const MSET_IN_PARTS: Parts = {
  refuse: refuseMset,
  part: (call, first) =>
    after(setAll(call, first), (failed) => {
      if (failed === undefined) return 0;
      return failed.kind === "too_large" ? TOO_LARGE : NOT_AVAILABLE;
    }),
  end: (call) => call.out.ok(),
};

export const SET_COMMANDS: readonly Command[] = [
  {
    name: "set",
    arity: -3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Sets the value of a key, whatever was there.",
    run: runSet,
  },
  {
    name: "setex",
    arity: 4,
    right: "write",
    keys: [1, 1, 1],
    summary: "Sets a value that expires after seconds.",
    run: setWithin("ex", "setex"),
  },
  {
    name: "psetex",
    arity: 4,
    right: "write",
    keys: [1, 1, 1],
    summary: "Sets a value that expires after milliseconds.",
    run: setWithin("px", "psetex"),
  },
  {
    name: "setnx",
    arity: 3,
    right: "write",
    keys: [1, 1, 1],
    summary: "Sets a value only where there is none.",
    run: runSetnx,
  },
  {
    name: "mset",
    arity: -3,
    right: "write",
    keys: [1, -1, 2],
    summary: "Sets the values of several keys.",
    run: runMset,
    parts: MSET_IN_PARTS,
  },
];
