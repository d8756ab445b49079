// Puts what a script wrote into the store, if what it read is still so. Warm.

import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Condition, RemoveResult, Store, WriteResult } from "../../store/store.ts";
import { NOT_AVAILABLE, Refusal, TOO_LARGE } from "../wire/refusal.ts";
import type { ScriptStore, Written } from "./script-store.ts";

/** `overtaken`: others wrote meanwhile, and nothing was done. */
export type CommitOutcome = "done" | "overtaken" | Refusal;

const SEVERAL_KEYS = new Refusal(
  "ERR with an L2 a script that writes may read and write one key: several are no single step in a shared store",
);

export function commitScript(
  store: Store<unknown>,
  { written, versions }: ScriptStore,
): MaybePromise<CommitOutcome> {
  if (written.size === 0) return "done";
  if (store.isEmbedded) return commitAtOnce(store, written);
  const [[key, put]] = [...written] as [[string, Written]];
  for (const read of versions.keys()) if (read !== key) return SEVERAL_KEYS;
  if (written.size > 1) return SEVERAL_KEYS;
  const version = versions.get(key);
  const condition: Condition | undefined = !versions.has(key)
    ? undefined
    : version === undefined
      ? { kind: "absent" }
      : { kind: "version", version };
  // What was there when it was read, and is to go, but has gone meanwhile: others were faster.
  if (put === "nothing" && version === undefined) return "done";
  return after(putOne(store, key, put, condition), outcomeOf);
}

/** Nobody else has had a turn since the script began: what it read is still so. */
function commitAtOnce(store: Store<unknown>, written: ReadonlyMap<string, Written>): CommitOutcome {
  let outcome: CommitOutcome = "done";
  for (const [key, put] of written) {
    const result = putOne(store, key, put, undefined) as WriteResult | RemoveResult;
    if (result.kind === "too_large") outcome = TOO_LARGE;
  }
  return outcome;
}

function putOne(
  store: Store<unknown>,
  key: string,
  put: Written,
  condition: Condition | undefined,
): MaybePromise<WriteResult | RemoveResult> {
  return put === "nothing" ? store.remove(key, condition) : store.write(key, put, condition);
}

function outcomeOf(result: WriteResult | RemoveResult): CommitOutcome {
  switch (result.kind) {
    case "written":
    case "removed":
      return "done";
    case "too_large":
      return TOO_LARGE;
    case "unavailable":
      return NOT_AVAILABLE;
    default:
      return "overtaken";
  }
}
