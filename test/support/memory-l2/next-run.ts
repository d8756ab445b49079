// Names another run of an epoch as a Redis that was started anew does.

import { BIRTH_CHARS } from "../../../src/record/layout.ts";

/** `epoch`'s birth in another run, which `fresh` lends its last group. */
export function nextRun(epoch: string, fresh: string): string {
  return epoch.slice(0, BIRTH_CHARS) + fresh.slice(BIRTH_CHARS);
}
