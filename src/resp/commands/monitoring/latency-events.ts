// LATENCY's events: when something took longer than the threshold, and how long, by its kind. Cold.

import { LATENCY_EVENTS_MAX, LATENCY_SAMPLES_MAX } from "../../../base/limits.ts";

export interface LatencySample {
  readonly atSeconds: number;
  readonly ms: number;
}

/** All that is known of what happened under one name. */
export interface LatencyEvent {
  readonly name: string;
  /** One a second at most, oldest first. */
  readonly samples: readonly LatencySample[];
  /** The longest ever. */
  readonly longestMs: number;
}

interface Noted extends LatencyEvent {
  readonly samples: LatencySample[];
  longestMs: number;
}

/** Of several workers: of one second the longest is kept, and of all seconds the last. */
export function togetherEvents(all: readonly LatencyEvent[]): LatencyEvent[] {
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, events]) => {
    const bySecond = new Map<number, number>();
    for (const { atSeconds, ms } of events.flatMap(({ samples }) => samples)) {
      bySecond.set(atSeconds, Math.max(ms, bySecond.get(atSeconds) ?? 0));
    }
    const samples = [...bySecond]
      .map(([atSeconds, ms]) => ({ atSeconds, ms }))
      .sort((a, b) => a.atSeconds - b.atSeconds)
      .slice(-LATENCY_SAMPLES_MAX);
    return { name, samples, longestMs: Math.max(...events.map(({ longestMs }) => longestMs)) };
  });
}

export class LatencyEvents {
  /** What takes this long is noted; 0: nothing is. */
  thresholdMs = 0;
  readonly #events = new Map<string, Noted>();

  get all(): readonly LatencyEvent[] {
    return [...this.#events.values()];
  }

  /** Notes that the event `name` took `ms`, if that is long. Of one second the longest is kept. */
  note(name: string, ms: number, wallMs: number): void {
    if (this.thresholdMs === 0 || ms < this.thresholdMs) return;
    let event = this.#events.get(name);
    if (event === undefined) {
      if (this.#events.size >= LATENCY_EVENTS_MAX) return;
      event = { name, samples: [], longestMs: 0 };
      this.#events.set(name, event);
    }
    const { samples } = event;
    const rounded = Math.round(ms);
    event.longestMs = Math.max(event.longestMs, rounded);
    const sample = { atSeconds: Math.floor(wallMs / 1_000), ms: rounded };
    const last = samples.at(-1);
    if (last?.atSeconds === sample.atSeconds) {
      if (last.ms < rounded) samples[samples.length - 1] = sample;
      return;
    }
    samples.push(sample);
    if (samples.length > LATENCY_SAMPLES_MAX) samples.shift();
  }

  /** Forgets the events named, or all; which of them there were. */
  reset(names: readonly string[]): string[] {
    const forgotten = names.length === 0 ? [...this.#events.keys()] : names;
    return forgotten.filter((name) => this.#events.delete(name));
  }
}
