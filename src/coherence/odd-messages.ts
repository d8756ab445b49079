// Says in the log what odd messages come by the bus, and not for each of them: whoever may publish may publish a lot.

import type { Clock } from "../base/clock.ts";
import { ODD_MESSAGES_LOG_MS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";

/** `malformed`: no message at all. `foreign`: of another epoch. `beyond`: its number does not follow. */
export type OddMessage = "malformed" | "foreign" | "beyond";

export class OddMessages {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #counts = new Map<OddMessage, number>();
  #loggedMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Logs at once what comes after a quiet time, and then in sums. */
  note(kind: OddMessage): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#loggedMs < ODD_MESSAGES_LOG_MS) return;
    this.#loggedMs = nowMs;
    this.#log.warn("odd_invalidations", Object.fromEntries(this.#counts));
    this.#counts.clear();
  }
}
