// Measures an instance's load for its heartbeats and for whoever asks in between: counters, latency, hottest keys.

import type { Clock } from "../base/clock.ts";
import { HOT_CHARS_MAX, HOT_KEYS_MAX, HOT_MS } from "../base/fleet-limits.ts";
import type { Histogram } from "../observe/histogram.ts";
import { LoadMeter, type Counters, type Load } from "./load.ts";
import { RecentLatency } from "./recent-latency.ts";

/** What is measured, of all of the instance's workers together but for the keys. */
export interface LoadSource {
  counters(): Promise<SourceCounters>;
  /** Up to `count` keys among the most used, hottest first. `nowMs` is monotonic. */
  hottest(count: number, nowMs: number): Iterable<string>;
}

export interface SourceCounters extends Omit<Counters, "p99Us"> {
  /** Latencies of all lanes since the instance began. */
  readonly latency: Histogram;
}

/** How long a load that was measured is given out again, ms. */
const RECENT_MS_MAX = 1_000;
/** The hottest keys are looked for again after so many heartbeats at the latest. */
const HOT_HEARTBEATS = 8;

export class LoadProbe {
  readonly #source: LoadSource;
  readonly #clock: Clock;
  readonly #hotMs: number;
  readonly #meter: LoadMeter;
  readonly #latency = new RecentLatency();
  #last: { readonly load: Load; readonly atMs: number } | undefined;
  #hot: { readonly keys: readonly string[]; readonly atMs: number } | undefined;

  constructor(source: LoadSource, clock: Clock, workers: number, heartbeatMs: number) {
    this.#source = source;
    this.#clock = clock;
    this.#hotMs = Math.min(HOT_MS, HOT_HEARTBEATS * heartbeatMs);
    this.#meter = new LoadMeter(workers);
  }

  /** The load since the last measurement. */
  async measure(): Promise<Load> {
    const { latency, ...counters } = await this.#source.counters();
    const p99Us = this.#latency.p99Us(latency);
    const atMs = this.#clock.nowMs();
    const load = this.#meter.measure({ ...counters, p99Us }, atMs, this.#hottest(atMs));
    this.#last = { load, atMs };
    return load;
  }

  /** The last load that was measured, unless that is RECENT_MS_MAX ago: then it is measured anew. */
  async recent(): Promise<Load> {
    const last = this.#last;
    if (last !== undefined && this.#clock.nowMs() - last.atMs < RECENT_MS_MAX) return last.load;
    return this.measure();
  }

  /** The hottest keys of the last `#hotMs`, as many as a heartbeat may carry. */
  #hottest(nowMs: number): readonly string[] {
    if (this.#hot !== undefined && nowMs - this.#hot.atMs < this.#hotMs) return this.#hot.keys;
    const keys: string[] = [];
    let chars = 0;
    for (const key of this.#source.hottest(HOT_KEYS_MAX, nowMs)) {
      chars += key.length;
      if (chars > HOT_CHARS_MAX) break;
      keys.push(key);
    }
    this.#hot = { keys, atMs: nowMs };
    return keys;
  }
}
