// What a part of a step asks of the entry that is there, as a condition.

import type { L2StepPart } from "../../../src/store/l2.ts";
import type { Condition } from "../../../src/store/store.ts";

export function conditionOf(check: L2StepPart["check"]): Condition | undefined {
  if (check === undefined) return undefined;
  return check === "absent" ? { kind: "absent" } : { kind: "version", version: check };
}
