// A server under measurement, and how one round of load is put on it.

import type { LoadResult } from "./wrk.ts";
import type { BucketCounts } from "./own-latency.ts";

export interface Target {
  readonly name: string;
  readonly pid: number;
  /** Puts load on it for some seconds. */
  drive(seconds: number, seed: number): Promise<LoadResult>;
  /** The server's own latency histogram so far, where it keeps one. */
  buckets?(): Promise<BucketCounts>;
  stop(): Promise<void>;
}
