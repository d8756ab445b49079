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
  /** How many alike came one after the other. */
  readonly count: number;
}

export class EventRing {
  /** The oldest first. */
  readonly #events: InstanceEvent[] = [];

  add(event: InstanceEvent): void {
    const last = this.#events.at(-1);
    if (last !== undefined && isAlike(last, event)) {
      this.#events[this.#events.length - 1] = { ...event, count: last.count + event.count };
      return;
    }
    if (this.#events.length >= EVENTS_MAX) this.#events.shift();
    this.#events.push(event);
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
