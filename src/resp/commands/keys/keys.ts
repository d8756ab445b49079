// DEL, UNLINK, EXISTS, TOUCH, TYPE: keys without their values.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { BATCH_ITEMS_MAX } from "../../../base/limits.ts";
import { collectionKind, isCollectionIn } from "../../../record/collection.ts";
import { typeIn } from "../../../record/in-place.ts";
import type { Operation, RemoveResult } from "../../../store/store.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { readEntry } from "../read-entry.ts";
import { NOT_AVAILABLE } from "../../wire/refusal.ts";

function runDelete(call: Call): MaybePromise<void> {
  const { store } = call.services;
  if (call.keys.length === 1) {
    return after(store.remove(call.keys[0]!), (result) => answerRemoved(call, [result]));
  }
  if (store.isEmbedded) {
    return answerRemoved(
      call,
      call.keys.map((key) => store.remove(key) as RemoveResult),
    );
  }
  return inBatches(call, "delete", "removed");
}

function answerRemoved(call: Call, results: readonly RemoveResult[]): void {
  if (results.some((result) => result.kind === "unavailable")) return call.fail(NOT_AVAILABLE.text);
  call.out.integer(results.filter((result) => result.kind === "removed").length);
}

/** Answers how many of the keys are there; each as often as it is given. */
function runExists(call: Call): MaybePromise<void> {
  const { store } = call.services;
  let count = 0;
  for (const key of call.keys) {
    const entry = store.isFresh(call.nowMs) ? store.engine.get(key, call.nowMs) : undefined;
    if (entry === undefined) {
      if (store.isEmbedded) continue;
      return inBatches(call, "get", "found");
    }
    call.tracking.found(key, entry.record);
    count += 1;
  }
  call.out.integer(count);
  return undefined;
}

/** Does `kind` to all keys by way of L2, and answers how often it came out as `counted`. */
async function inBatches(call: Call, kind: "get" | "delete", counted: "found" | "removed"): Promise<void> {
  const operations: Operation[] = call.keys.map((key) => ({ kind, key }));
  let count = 0;
  for (let from = 0; from < operations.length; from += BATCH_ITEMS_MAX) {
    const results = await call.services.store.batch(operations.slice(from, from + BATCH_ITEMS_MAX));
    if (results.some((result) => result.kind === "unavailable")) return call.fail(NOT_AVAILABLE.text);
    count += results.filter((result) => result.kind === counted).length;
  }
  call.out.integer(count);
}

function runType(call: Call): MaybePromise<void> {
  return readEntry(call, call.keys[0]!, (record) => {
    if (record === undefined) return call.out.simple("none");
    const kind = isCollectionIn(record) ? collectionKind(typeIn(record)) : undefined;
    call.out.simple(kind ?? "string");
  });
}

export const KEY_COMMANDS: readonly Command[] = [
  {
    name: "del",
    arity: -2,
    right: "write",
    keys: [1, -1, 1],
    summary: "Removes keys.",
    run: runDelete,
  },
  {
    name: "unlink",
    arity: -2,
    right: "write",
    keys: [1, -1, 1],
    summary: "Removes keys.",
    run: runDelete,
  },
  {
    name: "exists",
    arity: -2,
    right: "read",
    keys: [1, -1, 1],
    summary: "Counts the keys that are there.",
    run: runExists,
  },
  {
    name: "touch",
    arity: -2,
    right: "read",
    keys: [1, -1, 1],
    summary: "Counts the keys that are there, as accesses of them.",
    run: runExists,
  },
  {
    name: "type",
    arity: 2,
    right: "read",
    keys: [1, 1, 1],
    summary: "Says what a key's value is: a string, hash or set, or that there is none.",
    run: runType,
  },
];
