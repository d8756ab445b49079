// An instance's load as its heartbeat carries it: the difference of two readings of its counters, written and read as JSON.

import { HOT_KEYS_MAX } from "../base/fleet-limits.ts";
import { KEY_BYTES_MAX } from "../base/limits.ts";

export interface Load {
  /** Requests a second since the last heartbeat. */
  readonly rps: number;
  /** Reads a second, found or not. */
  readonly reads: number;
  /** Share of its reads that L1 or L2 answered, in [0, 1]; 0 without reads. */
  readonly hitRate: number;
  /** 99th percentile since the last heartbeat, in µs; 0 without requests. */
  readonly p99Us: number;
  readonly l1Bytes: number;
  readonly l1BytesMax: number;
  /** Share of its workers' CPU in use; 1 is a whole core for each. */
  readonly cpu: number;
  /** Keys among its most read, hottest first. */
  readonly hot: readonly string[];
}

/** The instance's counters at one moment, all of its workers together. */
export interface Counters {
  readonly requests: number;
  readonly hits: number;
  readonly misses: number;
  readonly p99Us: number;
  readonly l1Bytes: number;
  readonly l1BytesMax: number;
  readonly cpuSeconds: number;
}

export class LoadMeter {
  readonly #workers: number;
  #last: { readonly counters: Counters; readonly atMs: number } | undefined;

  constructor(workers: number) {
    this.#workers = workers;
  }

  /** The load since the last call; nothing yet at the first. `nowMs` is monotonic. */
  measure(counters: Counters, nowMs: number, hot: readonly string[]): Load {
    const last = this.#last ?? { counters, atMs: nowMs };
    this.#last = { counters, atMs: nowMs };
    const seconds = (nowMs - last.atMs) / 1_000;
    // Counters may fall when a worker is replaced.
    const grown = (pick: (of: Counters) => number) => Math.max(0, pick(counters) - pick(last.counters));
    const rate = (count: number) => (seconds > 0 ? count / seconds : 0);
    const hits = grown((of) => of.hits);
    const reads = hits + grown((of) => of.misses);
    return {
      rps: round(rate(grown((of) => of.requests)), 1),
      reads: round(rate(reads), 1),
      hitRate: reads === 0 ? 0 : round(hits / reads, 4),
      p99Us: round(counters.p99Us, 1),
      l1Bytes: counters.l1Bytes,
      l1BytesMax: counters.l1BytesMax,
      cpu: round(rate(grown((of) => of.cpuSeconds)) / this.#workers, 4),
      hot,
    };
  }
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Reads the JSON of another instance. Missing or malformed figures count as 0, and every figure is bounded. */
export function parseLoad(text: string): Load | undefined {
  const fields = objectOf(text);
  if (fields === undefined) return undefined;
  const number = (name: string) => {
    const value = fields[name];
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;
  };
  const { hot } = fields;
  const keys = Array.isArray(hot) ? (hot as unknown[]).slice(0, HOT_KEYS_MAX) : [];
  return {
    rps: number("rps"),
    reads: number("reads"),
    hitRate: Math.min(1, number("hitRate")),
    p99Us: number("p99Us"),
    l1Bytes: number("l1Bytes"),
    l1BytesMax: number("l1BytesMax"),
    cpu: number("cpu"),
    hot: keys.filter(
      (key) => typeof key === "string" && key !== "" && key.length <= KEY_BYTES_MAX,
    ) as string[],
  };
}

/** The fields of a JSON object; `undefined` for anything else. */
export function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
