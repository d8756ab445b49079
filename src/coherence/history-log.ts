// Says in the log that Redis has begun another history, and that L1 was emptied: looked at with each tick. Cold.

import type { Log } from "../base/log.ts";

export class HistoryLog {
  readonly #log: Log;
  readonly #partition: number;
  #epoch = "";
  #flushes = 0;

  /** `partition`: its index. */
  constructor(log: Log, partition: number) {
    this.#log = log;
    this.#partition = partition;
  }

  /**
   * Redis has told `epoch`, and `flushes` is how often everything was forgotten so far. The first tick of a connection
   * always forgets, and is not told of.
   */
  look(epoch: string, flushes: number, isFirst: boolean): void {
    const partition = this.#partition;
    if (this.#epoch !== "" && this.#epoch !== epoch) this.#log.warn("epoch_changed", { partition, epoch });
    const times = flushes - this.#flushes;
    if (times > 0 && !isFirst) this.#log.warn("l1_emptied", { partition, times });
    this.#epoch = epoch;
    this.#flushes = flushes;
  }
}
