// RENAME, RENAMENX, COPY: entries as wholes.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { RecordView } from "../../../record/record.ts";
import type { Condition, Draft, WriteResult } from "../../../store/store.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_AVAILABLE, NOT_INTEGER, Refusal, SYNTAX, TOO_LARGE } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { withExpiry } from "../read-modify-write.ts";
import { asOneStep } from "../steps/as-one-step.ts";

const NO_KEY = "ERR no such key";
const ABSENT: Condition = { kind: "absent" };

/** The entry of `key` as it would be written elsewhere, or nothing where there is none. */
function read(call: Call, key: string): MaybePromise<Draft | undefined | Refusal> {
  const { store, options } = call.services;
  return after(store.read(key, options.clock.nowMs()), (result) => {
    if (result.kind === "unavailable") return NOT_AVAILABLE;
    if (result.kind !== "found") return undefined;
    const record = new RecordView(result.entry.record.slice());
    return withExpiry({ record, version: result.version }, record.expiresAtWallMs);
  });
}

/** Writes the entry of the first key under the second; answers by `written`, or that there is none by `absent`. */
function move(
  call: Call,
  condition: Condition | undefined,
  absent: () => void,
  written: (result: WriteResult) => MaybePromise<void>,
): MaybePromise<void> {
  const [from, to] = call.keys as [string, string];
  return after(read(call, from), (draft) => {
    if (draft instanceof Refusal) return call.fail(draft.text);
    if (draft === undefined) return absent();
    return after(call.services.store.write(to, draft, condition), (result) => {
      if (result.kind === "too_large") return call.fail(TOO_LARGE.text);
      return result.kind === "unavailable" ? call.fail(NOT_AVAILABLE.text) : written(result);
    });
  });
}

function removeFirst(call: Call, answer: () => void): MaybePromise<void> {
  return after(call.services.store.remove(call.keys[0]!), (result) =>
    result.kind === "unavailable" ? call.fail(NOT_AVAILABLE.text) : answer(),
  );
}

function runRename(call: Call): MaybePromise<void> {
  const [from, to] = call.keys as [string, string];
  const absent = () => call.fail(NO_KEY);
  if (from === to) return ifThere(call, absent, () => call.out.ok());
  return move(call, undefined, absent, () => removeFirst(call, () => call.out.ok()));
}

function runRenamenx(call: Call): MaybePromise<void> {
  const [from, to] = call.keys as [string, string];
  const absent = () => call.fail(NO_KEY);
  if (from === to) return ifThere(call, absent, () => call.out.integer(0));
  return move(call, ABSENT, absent, (result) =>
    result.kind === "written" ? removeFirst(call, () => call.out.integer(1)) : call.out.integer(0),
  );
}

function ifThere(call: Call, absent: () => void, there: () => void): MaybePromise<void> {
  return after(read(call, call.keys[0]!), (draft) => {
    if (draft instanceof Refusal) return call.fail(draft.text);
    return draft === undefined ? absent() : there();
  });
}

function runCopy(call: Call): MaybePromise<void> {
  const { args, keys } = call;
  let condition: Condition | undefined = ABSENT;
  for (let i = 3; i < args.count; i++) {
    const word = args.lower(i);
    if (word === "replace") condition = undefined;
    else if (word === "db" && i + 1 < args.count) {
      const index = parseInteger(args.latin1(++i));
      if (index === undefined) return call.fail(NOT_INTEGER);
      if (index !== 0n) return call.fail("ERR DB index is out of range");
    } else return call.fail(SYNTAX);
  }
  if (keys[0] === keys[1]) return call.fail("ERR source and destination objects are the same");
  return move(
    call,
    condition,
    () => call.out.integer(0),
    (result) => call.out.integer(result.kind === "written" ? 1 : 0),
  );
}

export const RENAME_COMMANDS: readonly Command[] = [
  {
    name: "rename",
    arity: 3,
    right: "both",
    keys: [1, 2, 1],
    summary: "Gives an entry another key.",
    run: asOneStep(runRename),
  },
  {
    name: "renamenx",
    arity: 3,
    right: "both",
    keys: [1, 2, 1],
    summary: "Gives an entry a key that is free.",
    run: asOneStep(runRenamenx),
  },
  {
    name: "copy",
    arity: -3,
    right: "both",
    keys: [1, 2, 1],
    summary: "Copies an entry to another key.",
    run: asOneStep(runCopy),
  },
];
