// How late the event loop comes to what is due: a timer that says when it should have run. Cold: 50 times a second.

import { LOOP_DELAY_TICK_MS } from "../base/limits.ts";
import { Histogram } from "./histogram.ts";

export class LoopDelay {
  /** Delays in ns, one for each tick. */
  readonly delays = new Histogram();
  readonly #nowMs: () => number;
  #dueMs = 0;
  #timer: Timer | undefined;

  /** `nowMs` is monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  start(): void {
    this.stop();
    this.#dueMs = this.#nowMs() + LOOP_DELAY_TICK_MS;
    this.#timer = setInterval(() => this.tick(), LOOP_DELAY_TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The timer has come round. */
  tick(): void {
    const nowMs = this.#nowMs();
    this.delays.record(Math.max(0, nowMs - this.#dueMs) * 1e6);
    this.#dueMs = nowMs + LOOP_DELAY_TICK_MS;
  }
}
