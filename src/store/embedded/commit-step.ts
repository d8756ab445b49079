// Several keys as one step where reads and writes are answered at once and nobody else has a turn meanwhile.

import type { Engine } from "../../cache/engine.ts";
import type { Version } from "../../record/version.ts";
import type { Draft, RemoveResult, Step, StepResult, WriteResult } from "../store.ts";

interface OwnStore {
  readonly engine: Engine<unknown>;
  readonly lastVersion: Version;
  write(key: string, draft: Draft): WriteResult;
  remove(key: string): RemoveResult;
}

export function commitStep(store: OwnStore, { read, written }: Step, nowMs: number): StepResult {
  for (const [key, version] of read) {
    if (store.engine.peek(key, nowMs)?.version !== version?.n) return { kind: "failed_condition" };
  }
  let isWhole = true;
  let present = 0;
  for (const [key, put] of written) {
    const result = put === "nothing" ? store.remove(key) : store.write(key, put);
    if (result.kind === "removed" || (result.kind === "written" && !result.created)) present += 1;
    if (result.kind === "too_large") isWhole = false;
  }
  return isWhole ? { kind: "done", version: store.lastVersion, present } : { kind: "too_large" };
}
