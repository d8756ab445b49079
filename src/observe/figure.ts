// What a figure is: one row that says its name, its meaning, how it is read and how several processes' values merge.

import type { Histogram, HistogramState } from "./histogram.ts";
import type { Sources } from "./sources.ts";

/** One value of a figure: the values of its labels in the order of the row, and a number, or a histogram in ns. */
export type Sample = readonly [labels: readonly string[], value: number | HistogramState];

/** A sample as a row reads it. */
export type Reading = readonly [labels: readonly string[], value: number | Histogram];

/**
 * What becomes of the samples with the same labels, of several processes or of several parts of one. `worst` is of
 * states, where 1 is good and 0 is not; `earliest` is of moments, and a process that has ended still counts.
 */
export type Merge = "sum" | "max" | "worst" | "earliest" | "histogram";

export interface Figure {
  /** On /metrics. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Names of the labels; one whose value is "" is left out. */
  readonly labels: readonly string[];
  readonly merge: Merge;
  /** Where /stats has it: paths, in which `{label}` stands for a label's value. What meets on one path is merged. */
  readonly stats: readonly string[];
  /** A gauge that is this quantile of a histogram, in seconds. */
  readonly quantile?: number;
  /** Counters that stand in Counts: their names there, with the values of the labels. */
  readonly counters?: Readonly<Record<string, readonly string[]>>;
  /** Everything else. */
  readonly read?: (sources: Sources) => readonly Reading[];
}
