// Deadlines, the breaker and the proof of history around L2: no call outlives its bound, a dead L2 is not waited for by
// everybody, and an answer that lies before what was known when it was asked for is none.

import { messageOf } from "../../base/bug.ts";
import { BREAKER_FAILURES, BREAKER_TRIAL_MS, L2_PENDING_MAX } from "../../base/limits.ts";
import type { Clock } from "../../base/clock.ts";
import type { Timers } from "../../base/timers.ts";
import type { Partition } from "../../coherence/partition.ts";
import type { Counts } from "../../observe/counts.ts";
import { Histogram } from "../../observe/histogram.ts";
import { L2Error } from "../l2-error.ts";
import type { L2, L2Operation, L2Operations } from "../l2.ts";

export interface L2GuardOptions {
  readonly inner: L2;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The bound on one call. */
  readonly timeoutMs: number;
  readonly counts: Pick<Counts, "l2Errors">;
  /** Where the sequence is known to stand. */
  readonly history: Pick<Partition, "proven" | "follows">;
}

export class L2Guard implements L2 {
  /** Durations of calls that were answered or failed, by operation. */
  readonly durations = new Map<string, Histogram>();
  readonly #options: L2GuardOptions;
  #pending = 0;
  #failures = 0;
  #nextTrialMs = 0;

  constructor(options: L2GuardOptions) {
    this.#options = options;
  }

  /** Open: calls are refused at once, but for a trial now and then. */
  get isOpen(): boolean {
    return this.#failures >= BREAKER_FAILURES;
  }

  /** L2 answered on another connection: the next call is let through. */
  reset(): void {
    this.#failures = 0;
  }

  call<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): Promise<L2Operations[O]["reply"]> {
    const { inner, clock, timers, timeoutMs, history } = this.#options;
    const startMs = clock.nowMs();
    const refusal = this.#refusal(startMs);
    if (refusal !== undefined) {
      this.#options.counts.l2Errors += 1;
      return Promise.reject(refusal);
    }
    this.#pending += 1;
    const { proven } = history;
    return new Promise((resolve, reject) => {
      let isDone = false;
      const finish = (failure: L2Error | undefined): boolean => {
        if (isDone) return false;
        isDone = true;
        this.#pending -= 1;
        cancel();
        this.#observe(operation, clock.nowMs() - startMs, failure);
        return true;
      };
      const cancel = timers.after(timeoutMs, () => {
        const late = new L2Error("timeout", `L2 did not answer within ${timeoutMs} ms`);
        if (finish(late)) reject(late);
      });
      inner.call(operation, request).then(
        (reply) => {
          const isPast = "epoch" in reply && !history.follows(reply, proven, operation !== "read");
          const failure = isPast ? new L2Error("closed", "L2 told of the past") : undefined;
          if (finish(failure)) resolve(failure === undefined ? reply : Promise.reject(failure));
          return undefined;
        },
        (thrown: unknown) => {
          const failure = thrown instanceof L2Error ? thrown : new L2Error("closed", messageOf(thrown));
          if (finish(failure)) reject(failure);
        },
      );
    });
  }

  #refusal(nowMs: number): L2Error | undefined {
    if (this.#pending >= L2_PENDING_MAX) return new L2Error("refused", "too many L2 operations are waiting");
    if (!this.isOpen) return undefined;
    if (nowMs < this.#nextTrialMs) return new L2Error("closed", "L2's breaker is open");
    this.#nextTrialMs = nowMs + BREAKER_TRIAL_MS;
    return undefined;
  }

  #observe(operation: string, elapsedMs: number, failure: L2Error | undefined): void {
    let histogram = this.durations.get(operation);
    if (histogram === undefined) this.durations.set(operation, (histogram = new Histogram()));
    histogram.record(elapsedMs * 1e6);
    if (failure !== undefined) this.#options.counts.l2Errors += 1;
    // A refusal is an answer: L2 is there.
    if (failure === undefined || failure.reason === "refused") this.#failures = 0;
    else this.#failures += 1;
  }
}
