// A snapshot as the JSON of /stats, and the type of that JSON: both follow from the rows' paths. Cold.

import type { Figure } from "./figure.ts";
import type { FIGURES } from "./figures.ts";
import { Histogram, type HistogramState, type LatencySummary } from "./histogram.ts";
import { ROWS, valueOf, type Snapshot } from "./snapshot.ts";

/** A histogram in /stats. */
export interface Latency extends LatencySummary {
  /** With `/stats?buckets`: the sum of all durations, and every bucket that holds anything, from low to high. */
  readonly sumNs?: number;
  readonly buckets?: readonly (readonly [middleNs: number, count: number])[];
}

/** What is worked out of several figures, by its path. */
const VIEWS = {
  instance: (snapshot: Snapshot) => snapshot.instance,
  wallMs: (snapshot: Snapshot) => snapshot.wallMs,
  uptimeSeconds: (snapshot: Snapshot) =>
    Math.max(
      0,
      Math.round(snapshot.wallMs - 1_000 * valueOf(snapshot, "process_start_time_seconds")) / 1_000,
    ),
  "l1.hits": l1Hits,
  "l1.misses": l1Misses,
  "l1.hitRate": (snapshot: Snapshot) => {
    const reads = l1Hits(snapshot) + l1Misses(snapshot);
    return reads === 0 ? 0 : l1Hits(snapshot) / reads;
  },
  "l2.state": (snapshot: Snapshot) => {
    if (!hasL2(snapshot)) return "off";
    return valueOf(snapshot, "cachee_l2_state") === 1 ? "up" : "down";
  },
  "l2.hits": (snapshot: Snapshot) => valueOf(snapshot, "cachee_l2_reads_total", { result: "hit" }),
  "l2.misses": (snapshot: Snapshot) => valueOf(snapshot, "cachee_l2_reads_total", { result: "miss" }),
  "coherence.state": (snapshot: Snapshot) => {
    if (!hasL2(snapshot)) return "embedded";
    return valueOf(snapshot, "cachee_coherence_state") === 1 ? "proven" : "unproven";
  },
  "coherence.sent": (snapshot: Snapshot) => messages(snapshot, "ok"),
  "coherence.received": (snapshot: Snapshot) => messages(snapshot, "applied"),
  "coherence.selfSkipped": (snapshot: Snapshot) => messages(snapshot, "self"),
  "coherence.lagMsP99": (snapshot: Snapshot) => {
    const [sample] = snapshot.samples["cachee_coherence_lag_seconds"] ?? [];
    if (sample === undefined || typeof sample[1] === "number") return 0;
    return Histogram.of([sample[1]]).quantileNs(0.99) / 1e6;
  },
} as const;

type Row = (typeof FIGURES)[number];
type Key<Part extends string> = Part extends `{${string}}` ? string : Part;
type Nested<Path extends string, Value> = Path extends `${infer Head}.${infer Tail}`
  ? { readonly [K in Key<Head>]: Nested<Tail, Value> }
  : { readonly [K in Key<Path>]: Value };
type ValueIn<R> = R extends { readonly merge: "histogram" } ? Latency : number;
type NestedIn<R> = R extends { readonly stats: readonly (infer Path)[] }
  ? Path extends string
    ? Nested<Path, ValueIn<R>>
    : never
  : never;
type ViewsIn<Path> = Path extends keyof typeof VIEWS ? Nested<Path, ReturnType<(typeof VIEWS)[Path]>> : never;
type All<Union> = (Union extends unknown ? (part: Union) => void : never) extends (whole: infer Whole) => void
  ? Whole
  : never;

/** GET /stats. */
export type Stats = All<NestedIn<Row>> & All<ViewsIn<keyof typeof VIEWS>>;

type Tree = { [key: string]: Tree | number | string | Latency };

/** With `buckets`, latencies carry their whole histograms, from which the quantiles of any stretch of time follow. */
export function statsOf(snapshot: Snapshot, buckets: boolean): Stats {
  const root: Tree = Object.create(null);
  for (const row of ROWS) for (const path of row.stats) putRow(root, snapshot, row, path, buckets);
  for (const [path, view] of Object.entries(VIEWS)) put(root, path.split("."), view(snapshot));
  return root as unknown as Stats;
}

function putRow(root: Tree, snapshot: Snapshot, row: Figure, path: string, buckets: boolean): void {
  const parts = path.split(".");
  const indices = parts.map((part) => row.labels.findIndex((label) => part === `{${label}}`));
  const found = new Map<string, { at: readonly string[]; sum: number; states: HistogramState[] }>();
  for (const [labels, value] of snapshot.samples[row.name] ?? []) {
    const at = parts.map((part, i) => (indices[i] === -1 ? part : (labels[indices[i]!] ?? "")));
    const id = at.join("\0");
    let here = found.get(id);
    if (here === undefined) found.set(id, (here = { at, sum: 0, states: [] }));
    if (typeof value === "number") here.sum += value;
    else here.states.push(value);
  }
  const isFixed = indices.every((index) => index === -1);
  if (!isFixed)
    branchOf(
      root,
      parts.slice(
        0,
        indices.findIndex((index) => index !== -1),
      ),
    );
  else if (found.size === 0 && row.merge !== "histogram") put(root, parts, 0);
  for (const { at, sum, states } of found.values()) {
    put(root, at, row.merge === "histogram" ? latencyOf(Histogram.of(states), buckets) : sum);
  }
}

/** The object at `path`, made where it is missing. */
function branchOf(root: Tree, path: readonly string[]): Tree {
  let branch = root;
  for (const part of path) branch = (branch[part] ??= Object.create(null) as Tree) as Tree;
  return branch;
}

function put(root: Tree, path: readonly string[], value: number | string | Latency): void {
  branchOf(root, path.slice(0, -1))[path.at(-1)!] = value;
}

function latencyOf(histogram: Histogram, buckets: boolean): Latency {
  const summary = histogram.summary();
  return buckets ? { ...summary, sumNs: histogram.sumNs, buckets: histogram.buckets() } : summary;
}

function hasL2(snapshot: Snapshot): boolean {
  return (snapshot.samples["cachee_l2_state"] ?? []).length > 0;
}

function l1Hits(snapshot: Snapshot): number {
  return valueOf(snapshot, "cachee_hits_total", { tier: "l1" });
}

/** Reads that L1 could not answer, whether L2 could or not. */
function l1Misses(snapshot: Snapshot): number {
  return valueOf(snapshot, "cachee_hits_total", { tier: "l2" }) + valueOf(snapshot, "cachee_misses_total");
}

function messages(snapshot: Snapshot, result: string): number {
  return valueOf(snapshot, "cachee_coherence_messages_total", { result });
}
