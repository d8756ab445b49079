// All figures at one moment, as plain data: read from one process, merged from several, kept of those that ended. Cold.

import { SERIES_MAX } from "../base/limits.ts";
import type { Figure, Merge, Reading, Sample } from "./figure.ts";
import { FIGURES, type FigureName } from "./figures.ts";
import { Histogram, type HistogramState } from "./histogram.ts";
import type { Sources } from "./sources.ts";

export interface Snapshot {
  readonly instance: string;
  /** When it was taken, in ms since 1970. */
  readonly wallMs: number;
  /** The samples of each figure, by its name; no two have the same labels. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** A snapshot of the whole instance: with several workers, of all of them. */
export type TakeSnapshot = () => Snapshot | Promise<Snapshot>;

export const ROWS: readonly Figure[] = FIGURES;

const LABELS: ReadonlyMap<string, readonly string[]> = new Map(
  ROWS.map(({ name, labels }) => [name, labels]),
);

export function snapshotOf(sources: Sources): Snapshot {
  const samples: Record<string, readonly Sample[]> = {};
  for (const row of ROWS) samples[row.name] = combined(row, readingsOf(row, sources).map(sampleOf));
  return { instance: sources.instance, wallMs: sources.wallMs(), samples };
}

/** The sum of at least one snapshot; what it is called after is the first. */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  const [first] = snapshots;
  const samples: Record<string, readonly Sample[]> = {};
  for (const row of ROWS) {
    samples[row.name] = combined(
      row,
      snapshots.flatMap((snapshot) => snapshot.samples[row.name] ?? []),
    );
  }
  const wallMs = Math.max(...snapshots.map((snapshot) => snapshot.wallMs));
  return { instance: first!.instance, wallMs, samples };
}

/** A few figures, of a process that has no others: one value, or one for each value of their label. */
export function partialSnapshot(
  wallMs: number,
  values: Partial<Record<FigureName, number | Readonly<Record<string, number>>>>,
): Snapshot {
  const samples = Object.entries(values).map(([name, value]): [string, readonly Sample[]] => {
    if (typeof value === "number") return [name, [[[], value]]];
    return [name, Object.entries(value).map(([label, of]): Sample => [[label], of])];
  });
  return { instance: "", wallMs, samples: Object.fromEntries(samples) };
}

/** What a process that has ended still adds to the sum: its counters and histograms, and when it started. */
export function retiredOf(snapshot: Snapshot): Snapshot {
  const lasting = ROWS.filter(({ type, merge }) => type !== "gauge" || merge === "earliest");
  const samples = Object.fromEntries(lasting.map(({ name }) => [name, snapshot.samples[name] ?? []]));
  return { ...snapshot, samples };
}

/** The sum of the samples of `name` whose labels are as `wanted` says; 0 without any. */
export function valueOf(
  snapshot: Snapshot,
  name: FigureName,
  wanted: Readonly<Record<string, string>> = {},
): number {
  let sum = 0;
  for (const [, value] of matching(snapshot, name, wanted)) if (typeof value === "number") sum += value;
  return sum;
}

/** The histograms of `name` added up. */
export function histogramOf(snapshot: Snapshot, name: FigureName): Histogram {
  return Histogram.of(
    (snapshot.samples[name] ?? []).map(([, value]) => value).filter((value) => typeof value !== "number"),
  );
}

function matching(snapshot: Snapshot, name: string, wanted: Readonly<Record<string, string>>): Sample[] {
  const names = LABELS.get(name) ?? [];
  const isWanted = (values: readonly string[]) =>
    Object.entries(wanted).every(([label, value]) => values[names.indexOf(label)] === value);
  return (snapshot.samples[name] ?? []).filter(([values]) => isWanted(values));
}

function readingsOf(row: Figure, sources: Sources): readonly Reading[] {
  const { counts } = sources.traffic;
  const counted = Object.entries(row.counters ?? {}).map(([name, labels]): Reading => [
    labels,
    counts[name] ?? 0,
  ]);
  return [...counted, ...(row.read?.(sources) ?? [])];
}

function sampleOf([labels, value]: Reading): Sample {
  return [labels, typeof value === "number" ? value : value.state];
}

/** Samples with the same labels become one; their number is bounded. */
function combined(row: Figure, samples: readonly Sample[]): readonly Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const sample of samples) {
    const [labels, value] = sample;
    const id = labels.join("\0");
    const before = byLabels.get(id);
    if (before !== undefined) byLabels.set(id, [labels, merged(row.merge, before[1], value)]);
    else if (byLabels.size < SERIES_MAX) byLabels.set(id, sample);
  }
  return [...byLabels.values()];
}

function merged(merge: Merge, a: Sample[1], b: Sample[1]): number | HistogramState {
  if (typeof a !== "number" && typeof b !== "number") return Histogram.of([a, b]).state;
  if (typeof a !== "number" || typeof b !== "number") return typeof a === "number" ? b : a;
  switch (merge) {
    case "max":
      return Math.max(a, b);
    case "worst":
    case "earliest":
      return Math.min(a, b);
    default:
      return a + b;
  }
}
