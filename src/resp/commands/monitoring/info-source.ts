// What INFO's sections are made of. No code here.

import type { Services } from "../services.ts";
import type { Figures } from "./figures.ts";

export type InfoFields = readonly (readonly [name: string, value: string | number])[];

export interface InfoSource {
  readonly services: Services;
  /** Since the listener began, or since CONFIG RESETSTAT. */
  readonly figures: Figures;
  /** How many entries the store has, 0 where it cannot say. */
  readonly entries: number;
  /** Engine time. */
  readonly nowMs: number;
}
