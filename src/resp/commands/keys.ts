// DEL, UNLINK, EXISTS, TOUCH, TYPE: keys without their values.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import { BATCH_ITEMS_MAX } from "../../base/limits.ts";
import type { Operation, RemoveResult } from "../../store/store.ts";
import type { Client } from "../connection/connection.ts";
import type { Command } from "./command.ts";
import { readEntry } from "./read-entry.ts";
import { NOT_AVAILABLE } from "../wire/refusal.ts";

function runDelete(client: Client): MaybePromise<void> {
  const { store } = client.lane;
  if (client.keys.length === 1) {
    return after(store.remove(client.keys[0]!), (result) => answerRemoved(client, [result]));
  }
  if (store.isEmbedded) {
    return answerRemoved(
      client,
      client.keys.map((key) => store.remove(key) as RemoveResult),
    );
  }
  return inBatches(client, "delete", "removed");
}

function answerRemoved(client: Client, results: readonly RemoveResult[]): void {
  if (results.some((result) => result.kind === "unavailable")) return client.fail(NOT_AVAILABLE.text);
  client.out.integer(results.filter((result) => result.kind === "removed").length);
}

/** Answers how many of the keys are there; each as often as it is given. */
function runExists(client: Client): MaybePromise<void> {
  const { store } = client.lane;
  let count = 0;
  for (const key of client.keys) {
    const entry = store.isFresh(client.nowMs) ? store.engine.get(key, client.nowMs) : undefined;
    if (entry === undefined) {
      if (store.isEmbedded) continue;
      return inBatches(client, "get", "found");
    }
    client.tracking.found(key, entry.record);
    count += 1;
  }
  client.out.integer(count);
  return undefined;
}

/** Does `kind` to all keys by way of L2, and answers how often it came out as `counted`. */
async function inBatches(
  client: Client,
  kind: "get" | "delete",
  counted: "found" | "removed",
): Promise<void> {
  const operations: Operation[] = client.keys.map((key) => ({ kind, key }));
  let count = 0;
  for (let from = 0; from < operations.length; from += BATCH_ITEMS_MAX) {
    const results = await client.lane.store.batch(operations.slice(from, from + BATCH_ITEMS_MAX));
    if (results.some((result) => result.kind === "unavailable")) return client.fail(NOT_AVAILABLE.text);
    count += results.filter((result) => result.kind === counted).length;
  }
  client.out.integer(count);
}

function runType(client: Client): MaybePromise<void> {
  return readEntry(client, client.keys[0]!, (record) =>
    client.out.raw(record === undefined ? "+none\r\n" : "+string\r\n"),
  );
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
    summary: "Says that a key's value is a string, or that there is none.",
    run: runType,
  },
];
