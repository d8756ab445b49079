// One log line for each change that an operator may have to answer for: who made it, of what, what came of it. Cold.

import { AUDITED_NAMES_MAX } from "./limits.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";

/** What a change is made to. `count`: of how many keys `keys` has the first. */
export type ChangeTarget =
  | { readonly kind: "keys"; readonly keys: readonly string[]; readonly count?: number }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "all" }
  | { readonly kind: "log_level"; readonly from: LogLevel; readonly to: LogLevel };

export interface Change {
  /** `http`, or the name of another lane. */
  readonly lane: string;
  /** As the lane names it: `put`, `delete`, `invalidate`, a command of Redis. */
  readonly operation: string;
  readonly target: ChangeTarget;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  readonly requestId?: string;
}

/** What is told of an API key. */
interface Author {
  readonly name: string;
  readonly admin: boolean;
}

/** The name of bare secrets, which have every scope because nobody chose any. */
const BARE_NAME = "default";

/**
 * Whether changes of single keys by `author` have lines: an operator's, whose key was given a name and the scope `admin`. A
 * bare secret is mostly an application's, and a line for each of its writes would be most of what a write costs.
 */
export function isOperator({ name, admin }: Author): boolean {
  return admin && name !== BARE_NAME;
}

/** Writes the line, for a change by an operator's API key, or for a mass invalidation by any. */
export function audit(log: Log, author: Author, change: Change): void {
  const { target, ...rest } = change;
  if (target.kind === "keys" && !isOperator(author)) return;
  if (log.writes("info")) log.record("audit", { apiKey: author.name, ...rest, ...targetFields(target) });
}

function targetFields(target: ChangeTarget): LogFields {
  switch (target.kind) {
    case "keys":
      return {
        keys: target.keys.slice(0, AUDITED_NAMES_MAX),
        count: target.count ?? target.keys.length,
      };
    case "prefix":
      return { prefix: target.prefix };
    case "tags":
      return { tags: target.tags.slice(0, AUDITED_NAMES_MAX), count: target.tags.length };
    case "all":
      return { all: true };
    case "log_level":
      return { from: target.from, to: target.to };
  }
}
