// DEL, UNLINK, EXISTS, TOUCH, TYPE: keys without their values.

import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { RemoveResult } from "../../../store/store.ts";
import type { Call } from "../call.ts";
import type { Command, Parts } from "../command.ts";
import { takeRate } from "../rate.ts";
import { readEntry } from "../read-entry.ts";
import { typeOf } from "./type-of.ts";
import { NOT_AVAILABLE, Refusal } from "../../wire/refusal.ts";

function runDelete(call: Call): MaybePromise<void> {
  return call.answer(removed(call), (count) => call.out.integer(count));
}

/** How many of the keys there were, and are no longer. */
function removed(call: Call): MaybePromise<number | Refusal> {
  const { keys } = call;
  const { store } = call.services;
  if (keys.length === 1) return after(store.remove(keys[0]!), (result) => countOf([result], "removed"));
  if (!store.isEmbedded) return removeTogether(call, keys);
  let count = 0;
  for (const key of keys) if ((store.remove(key) as RemoveResult).kind === "removed") count += 1;
  return count;
}

const NOTHING_READ = new Map<string, undefined>();

/** One step, but for keys that lie in several partitions. */
function removeTogether(call: Call, keys: readonly string[]): MaybePromise<number | Refusal> {
  const written = new Map(keys.map((key) => [key, "nothing"] as const));
  return after(call.services.store.commit({ read: NOTHING_READ, written }), (result) => {
    if (result.kind === "done") return result.present;
    return result.kind === "apart" ? countInBatch(call, keys, "delete", "removed") : NOT_AVAILABLE;
  });
}

function runExists(call: Call): MaybePromise<void> {
  return after(existing(call), (count) => {
    if (count instanceof Refusal) return call.fail(count.text);
    return takeRate(call, call.keys.length - count) ? call.out.integer(count) : undefined;
  });
}

/** How many of the keys are there; each as often as it is given. */
function existing(call: Call): MaybePromise<number | Refusal> {
  const { store } = call.services;
  let count = 0;
  if (store.isEmbedded && !store.isFresh(call.nowMs)) return existingByReads(call);
  for (const key of call.keys) {
    const entry = store.isFresh(call.nowMs) ? store.engine.get(key, call.nowMs) : undefined;
    if (entry === undefined) {
      if (store.isEmbedded) continue;
      return countInBatch(call, call.keys, "get", "found");
    }
    call.tracking.found(key, entry.record);
    count += 1;
  }
  return count;
}

/** In a script: one by one. Where one has to be waited for, the script is run again. */
function existingByReads({ keys, nowMs, services }: Call): number {
  let count = 0;
  for (const key of keys) {
    const result = services.store.read(key, nowMs);
    if (!(result instanceof Promise) && result.kind === "found") count += 1;
  }
  return count;
}

/** Does `kind` to all keys by way of L2; how often it came out as `counted`. */
async function countInBatch(
  { services }: Call,
  keys: readonly string[],
  kind: "get" | "delete",
  counted: "found" | "removed",
): Promise<number | Refusal> {
  return countOf(await services.store.batch(keys.map((key) => ({ kind, key }))), counted);
}

function countOf(results: readonly { readonly kind: string }[], counted: string): number | Refusal {
  if (results.some(({ kind }) => kind === "unavailable")) return NOT_AVAILABLE;
  return results.filter(({ kind }) => kind === counted).length;
}

const answerCount = (call: Call, count: number) => call.out.integer(count);
const REMOVED_IN_PARTS: Parts = { part: removed, end: answerCount };
const EXISTING_IN_PARTS: Parts = { part: existing, end: answerCount };

function runType(call: Call): MaybePromise<void> {
  return readEntry(call, call.keys[0]!, (record) => {
    call.out.simple(record === undefined ? "none" : typeOf(record));
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
    parts: REMOVED_IN_PARTS,
  },
  {
    name: "unlink",
    arity: -2,
    right: "write",
    keys: [1, -1, 1],
    summary: "Removes keys.",
    run: runDelete,
    parts: REMOVED_IN_PARTS,
  },
  {
    name: "exists",
    arity: -2,
    right: "read",
    keys: [1, -1, 1],
    summary: "Counts the keys that are there.",
    run: runExists,
    parts: EXISTING_IN_PARTS,
  },
  {
    name: "touch",
    arity: -2,
    right: "read",
    keys: [1, -1, 1],
    summary: "Counts the keys that are there, as accesses of them.",
    run: runExists,
    parts: EXISTING_IN_PARTS,
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
