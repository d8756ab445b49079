// The last events of an instance: what its log says above `debug`, in bounded memory, for those who come late. Cold.

import { EVENT_CHARS_MAX, EVENTS_MAX } from "../base/limits.ts";
import type { Log, LogFields } from "../base/log.ts";

export interface InstanceEvent {
  /** Milliseconds since 1970; of several alike, the last. */
  readonly atMs: number;
  readonly level: "info" | "warn" | "error";
  /** As the log names it. */
  readonly event: string;
  readonly fields: LogFields;
  /** How many alike came close to one another. */
  readonly count: number;
}

/** Among so many of the last an event is looked for that tells the same: trouble often tells of itself in turns. */
const ALIKE_MAX = 8;

export class EventRing {
  /** The oldest first. */
  readonly #events: InstanceEvent[] = [];

  add(event: InstanceEvent): void {
    const count = event.count + this.#takeAlike(event);
    if (this.#events.length >= EVENTS_MAX) this.#events.shift();
    this.#events.push({ ...event, count });
  }

  /** Takes out one alike of the same trouble: of a few before, with nothing of another level since. Its count. */
  #takeAlike(event: InstanceEvent): number {
    const first = Math.max(0, this.#events.length - ALIKE_MAX);
    for (let i = this.#events.length - 1; i >= first && this.#events[i]!.level === event.level; i--) {
      if (isAlike(this.#events[i]!, event)) return this.#events.splice(i, 1)[0]!.count;
    }
    return 0;
  }

  /** The newest first. */
  recent(): readonly InstanceEvent[] {
    return this.#events.toReversed();
  }
}

function isAlike(a: InstanceEvent, b: InstanceEvent): boolean {
  return a.event === b.event && JSON.stringify(a.fields) === JSON.stringify(b.fields);
}

/** A log that writes to `log`, and tells `tell` of every line above `debug`, whatever level `log` writes. */
export function toldLog(log: Log, wallMs: () => number, tell: (event: InstanceEvent) => void): Log {
  const at =
    (level: InstanceEvent["level"]) =>
    (event: string, fields: LogFields = {}) => {
      log[level](event, fields);
      tell({ atMs: wallMs(), level, event, fields: shortened(fields), count: 1 });
    };
  return {
    get dropped() {
      return log.dropped;
    },
    get bugs() {
      return log.bugs;
    },
    set bugs(count) {
      log.bugs = count;
    },
    get level() {
      return log.level;
    },
    set level(level) {
      log.level = level;
    },
    writes: (level) => log.writes(level),
    record: (event, fields) => log.record(event, fields),
    debug: (event, fields) => log.debug(event, fields),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

/** Without stacks, and with long texts cut: the log has them. */
function shortened(fields: LogFields): LogFields {
  const kept = Object.entries(fields).filter(([name, value]) => name !== "stack" && value !== undefined);
  return Object.fromEntries(
    kept.map(([name, value]) => [name, typeof value === "string" ? value.slice(0, EVENT_CHARS_MAX) : value]),
  );
}
