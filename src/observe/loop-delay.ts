// How late the event loop comes to what is due, and what held it: a timer that says when it should have run. Cold: 50
// times a second.

import { LOOP_BLOCKED_LOG_MS, LOOP_BLOCKED_MS_MIN, LOOP_DELAY_TICK_MS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { LoopHolder, LoopWork } from "../base/loop/loop-work.ts";
import { Histogram } from "./histogram.ts";

export interface LoopDelayOptions {
  /** Monotonic. */
  readonly nowNs: () => number;
  /** CPU time of this thread, in µs. */
  readonly cpuUs: () => number;
  readonly work: LoopWork;
  readonly log: Pick<Log, "warn">;
}

/** The thread had the processor for less than this share of the time: what held the loop is the machine. */
const RUN_SHARE_MIN = 0.5;
const MACHINE = "machine";

export class LoopDelay {
  /** Delays in ns, one for each tick. */
  readonly delays = new Histogram();
  readonly #options: LoopDelayOptions;
  /** Times that each kind of work held the loop for LOOP_BLOCKED_MS_MIN or more. */
  readonly #blocked = new Map<string, number>();
  #dueNs = 0;
  #cpuUs = 0;
  #timer: Timer | undefined;
  /** What is to be told once the log has had its pause: the longest delay, and how many there were. */
  #worst: LoopHolder | undefined;
  #untold = 0;
  #toldNs = Number.NEGATIVE_INFINITY;

  constructor(options: LoopDelayOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    const nowNs = this.#options.nowNs();
    this.#expect(nowNs);
    this.#options.work.tick(nowNs, this.#dueNs);
    this.#timer = setInterval(() => this.tick(), LOOP_DELAY_TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** By what, and how often, the loop was held for LOOP_BLOCKED_MS_MIN or more. */
  *blocked(): Iterable<readonly [by: string, count: number]> {
    yield* this.#blocked;
  }

  /** The timer has come round. */
  tick(): void {
    const { nowNs: now, cpuUs, work } = this.#options;
    const nowNs = now();
    const lateNs = Math.max(0, nowNs - this.#dueNs);
    const ranNs = (cpuUs() - this.#cpuUs) * 1_000;
    this.delays.record(lateNs);
    this.#expect(nowNs);
    const holder = work.tick(nowNs, this.#dueNs);
    const ms = lateNs / 1e6;
    if (holder !== undefined && ms >= LOOP_BLOCKED_MS_MIN) {
      this.#count({ by: ranNs < lateNs * RUN_SHARE_MIN ? MACHINE : holder.by, ms });
    }
    this.#tell(nowNs);
  }

  #expect(nowNs: number): void {
    this.#dueNs = nowNs + LOOP_DELAY_TICK_MS * 1e6;
    this.#cpuUs = this.#options.cpuUs();
  }

  #count(holder: LoopHolder): void {
    this.#blocked.set(holder.by, (this.#blocked.get(holder.by) ?? 0) + 1);
    this.#untold += 1;
    if (this.#worst === undefined || holder.ms > this.#worst.ms) this.#worst = holder;
  }

  #tell(nowNs: number): void {
    if (this.#worst === undefined || nowNs - this.#toldNs < LOOP_BLOCKED_LOG_MS * 1e6) return;
    const { by, ms } = this.#worst;
    this.#options.log.warn("event_loop_blocked", { by, ms: Math.round(ms), times: this.#untold });
    this.#worst = undefined;
    this.#untold = 0;
    this.#toldNs = nowNs;
  }
}
