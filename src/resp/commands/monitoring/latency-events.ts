// LATENCY's events: when something took longer than the threshold, and how long, by its kind. Cold.

import { LATENCY_EVENTS_MAX, LATENCY_SAMPLES_MAX } from "../../../base/limits.ts";

export interface LatencySample {
  readonly atSeconds: number;
  readonly ms: number;
}

interface LatencyEvent {
  readonly samples: LatencySample[];
  ms: number;
}

export class LatencyEvents {
  /** What takes this long is noted; 0: nothing is. */
  thresholdMs = 0;
  readonly #events = new Map<string, LatencyEvent>();

  /** Names of events that have happened, each with its last sample and the longest ever. */
  *latest(): Iterable<{ name: string; last: LatencySample; longestMs: number }> {
    for (const [name, { samples, ms }] of this.#events) yield { name, last: samples.at(-1)!, longestMs: ms };
  }

  /** Oldest first. */
  history(name: string): readonly LatencySample[] {
    return this.#events.get(name)?.samples ?? [];
  }

  /** Notes that the event `name` took `ms`, if that is long. Of one second the longest is kept. */
  note(name: string, ms: number, wallMs: number): void {
    if (this.thresholdMs === 0 || ms < this.thresholdMs) return;
    let event = this.#events.get(name);
    if (event === undefined) {
      if (this.#events.size >= LATENCY_EVENTS_MAX) return;
      event = { samples: [], ms: 0 };
      this.#events.set(name, event);
    }
    const { samples } = event;
    const rounded = Math.round(ms);
    event.ms = Math.max(event.ms, rounded);
    const sample = { atSeconds: Math.floor(wallMs / 1_000), ms: rounded };
    const last = samples.at(-1);
    if (last?.atSeconds === sample.atSeconds) {
      if (last.ms < rounded) samples[samples.length - 1] = sample;
      return;
    }
    samples.push(sample);
    if (samples.length > LATENCY_SAMPLES_MAX) samples.shift();
  }

  /** Forgets the events named, or all; how many there were. */
  reset(names: readonly string[]): number {
    const forgotten = names.length === 0 ? [...this.#events.keys()] : names;
    return forgotten.filter((name) => this.#events.delete(name)).length;
  }
}
