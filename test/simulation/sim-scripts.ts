// What the simulated Redis's scripts prove and promise.

import type { L2Operation, L2Operations } from "../../src/store/l2.ts";

/** What the scripts and the connections to Redis do besides the operations; a shortcut leaves something out. */
export interface SimScripts {
  /** Each answer proves that a primary gave it. */
  readonly provesRole: boolean;
  /** Each answer proves that the sequence lives in the run, and the reign of it, that the connection was opened to. */
  readonly provesRun: boolean;
  /** Ticks prove that the server has been nobody's replica since their connection was opened. */
  readonly provesReign: boolean;
  /** So do changes on the condition of a version. */
  readonly provesVersions: boolean;
  /** A change that Redis refuses midway has taken no number. */
  readonly publishesFirst: boolean;
  /** A fill is tested against what was invalidated since its lease was granted. */
  readonly testsLeases: boolean;
  /** A change of what was read is made on the condition that it is still there. */
  readonly testsVersions: boolean;
  /** A step is done on the condition that all that it has read is still there. */
  readonly testsSteps: boolean;
  /** A deadline that was reckoned by another server's clock is not taken for one. */
  readonly knowsClocks: boolean;
  /** An answer that belongs to another question is noticed. */
  readonly namesQuestions: boolean;
}

export const ALL_SCRIPTS: SimScripts = {
  provesRole: true,
  provesRun: true,
  provesReign: true,
  provesVersions: true,
  publishesFirst: true,
  testsLeases: true,
  testsVersions: true,
  testsSteps: true,
  knowsClocks: true,
  namesQuestions: true,
};

/** Whether a change is made on the condition that some version is still there. */
export function comparesVersions(request: L2Operations[L2Operation]["request"]): boolean {
  if ("parts" in request) return request.parts.some(({ check }) => typeof check === "object");
  return "condition" in request && request.condition?.kind === "version";
}
