// What INFO's sections are made of. No code here.

import type { Services } from "../services.ts";
import type { LaneFigures } from "../workers/lane-figures.ts";

export type InfoFields = readonly (readonly [name: string, value: string | number])[];

export interface InfoSource {
  readonly services: Services;
  /** Of the lanes of all workers. */
  readonly figures: LaneFigures;
  /** How many entries the store has, 0 where it cannot say. */
  readonly entries: number;
  /** Engine time. */
  readonly nowMs: number;
}
