// A tick under way: when it was sent, and what was known then. No code.

import type { Version } from "../record/version.ts";

export interface TickQuestion {
  readonly sentMs: number;
  /** What answers had proven the sequence to have reached. */
  readonly proven: Version;
  /** All changes up to this number had been heard of. */
  readonly n: number;
}
