// A snapshot in Prometheus's text exposition format, version 0.0.4: HELP and TYPE once for each name. Cold.

import type { Figure, Sample } from "./figure.ts";
import { Histogram, type HistogramState } from "./histogram.ts";
import { ROWS, type Snapshot } from "./snapshot.ts";

/** Upper bounds of the exposed histogram buckets, in ns: powers of two, from 256 ns to 34 s. */
const BOUNDS_NS = Array.from({ length: 28 }, (_, i) => 2 ** (i + 8));

export function expositionOf(snapshot: Snapshot): string {
  const lines: string[] = [];
  for (const row of ROWS) {
    lines.push(`# HELP ${row.name} ${row.help}`, `# TYPE ${row.name} ${row.type}`);
    for (const sample of snapshot.samples[row.name] ?? []) writeSample(lines, row, sample);
  }
  return lines.join("\n") + "\n";
}

function writeSample(lines: string[], row: Figure, [values, value]: Sample): void {
  const labels = row.labels
    .map((label, i) => [label, values[i] ?? ""] as const)
    .filter(([, text]) => text !== "")
    .map(([label, text]) => `${label}="${escape(text)}"`);
  if (typeof value === "number") lines.push(`${row.name}${braces(labels)} ${value}`);
  else if (row.quantile === undefined) writeHistogram(lines, row.name, labels, value);
  else lines.push(`${row.name}${braces(labels)} ${Histogram.of([value]).quantileNs(row.quantile) / 1e9}`);
}

/** A histogram of seconds for one of nanoseconds. */
function writeHistogram(
  lines: string[],
  name: string,
  labels: readonly string[],
  state: HistogramState,
): void {
  const histogram = Histogram.of([state]);
  for (const boundNs of BOUNDS_NS) {
    const le = `le="${boundNs / 1e9}"`;
    lines.push(`${name}_bucket${braces([...labels, le])} ${histogram.countBelow(boundNs)}`);
  }
  lines.push(`${name}_bucket${braces([...labels, 'le="+Inf"'])} ${histogram.count}`);
  lines.push(`${name}_sum${braces(labels)} ${histogram.sumNs / 1e9}`);
  lines.push(`${name}_count${braces(labels)} ${histogram.count}`);
}

function braces(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
