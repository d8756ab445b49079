// Which of a lane's answered requests are remembered: all while they are few, one in so many when they are many. Cold.
//
// The lane counts its answers anyway; it compares that count with a number, and comes here once the number is reached.

import {
  REQUESTS_KEPT_A_SECOND,
  REQUESTS_KEPT_AT_ONCE,
  REQUESTS_ONE_IN_MAX,
} from "../../base/limits/operators.ts";

export class Sampling {
  /** The next that is remembered is one in so many. */
  oneIn = 1;
  /** Those that may be remembered now; REQUESTS_KEPT_A_SECOND come back each second. */
  #room = REQUESTS_KEPT_AT_ONCE;
  #lastMs = 0;

  /** One is remembered at `nowMs`, monotonic: `oneIn` becomes larger while too many are, and smaller again. */
  took(nowMs: number): void {
    const cameBack = ((nowMs - this.#lastMs) / 1_000) * REQUESTS_KEPT_A_SECOND;
    this.#lastMs = nowMs;
    this.#room = Math.max(0, Math.min(REQUESTS_KEPT_AT_ONCE, this.#room + cameBack) - 1);
    this.oneIn =
      this.#room < REQUESTS_KEPT_AT_ONCE / 2
        ? Math.min(2 * this.oneIn, REQUESTS_ONE_IN_MAX)
        : Math.max(1, this.oneIn / 2);
  }
}
