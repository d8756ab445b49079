// The plain counters of a process, one number for each name that a row of figures.ts has under `counters`. Hot.

import type { Figure } from "./figure.ts";
import { FIGURES } from "./figures.ts";

type Row = (typeof FIGURES)[number];
type NamesIn<R> = R extends { readonly counters: infer C } ? keyof C & string : never;

/** To add a counter: a row in figures.ts, and `counts.NAME += 1` where it happens. */
export type Counts = Record<NamesIn<Row>, number>;

export function createCounts(): Counts {
  const rows: readonly Figure[] = FIGURES;
  const names = rows.flatMap(({ counters }) => Object.keys(counters ?? {}));
  return Object.fromEntries(names.map((name) => [name, 0])) as Counts;
}
