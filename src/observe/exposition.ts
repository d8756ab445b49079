// Writes Prometheus's text exposition format, version 0.0.4: HELP and TYPE once for each name. Cold.

import type { Histogram } from "./histogram.ts";

export type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Upper bounds of the exposed histogram buckets, in ns: powers of two, from 256 ns to 34 s. */
const BOUNDS_NS = Array.from({ length: 28 }, (_, i) => 2 ** (i + 8));

export class Exposition {
  readonly #lines: string[] = [];

  counter(name: string, help: string, samples: readonly Sample[]): void {
    this.#family(name, help, "counter", samples);
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    this.#family(name, help, "gauge", samples);
  }

  /** A histogram of seconds for each labelled histogram of nanoseconds. */
  histogram(name: string, help: string, series: readonly (readonly [Labels, Histogram])[]): void {
    this.#head(name, help, "histogram");
    for (const [labels, histogram] of series) {
      for (const boundNs of BOUNDS_NS) {
        this.#sample(
          `${name}_bucket`,
          { ...labels, le: String(boundNs / 1e9) },
          histogram.countBelow(boundNs),
        );
      }
      this.#sample(`${name}_bucket`, { ...labels, le: "+Inf" }, histogram.count);
      this.#sample(`${name}_sum`, labels, histogram.sumNs / 1e9);
      this.#sample(`${name}_count`, labels, histogram.count);
    }
  }

  toString(): string {
    return this.#lines.join("\n") + "\n";
  }

  #family(name: string, help: string, type: string, samples: readonly Sample[]): void {
    this.#head(name, help, type);
    for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  #head(name: string, help: string, type: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
    this.#lines.push(`${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`);
  }
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
