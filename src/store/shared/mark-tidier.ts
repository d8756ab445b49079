// Finishes the mass invalidations of instances that died before they had: sweeps, then takes the marks off. Cold.

import type { Clock } from "../../base/clock.ts";
import { MARKS_STALE_MS } from "../../base/limits.ts";
import type { SequenceReading } from "../../coherence/bus.ts";
import type { Shard } from "./shard.ts";

export class MarkTidier {
  readonly #clock: Clock;
  /** Partitions that had marks at every tick since `sinceMs`, when the sequence had reached `n`. */
  readonly #since = new Map<Shard, { readonly sinceMs: number; readonly n: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a tick's reading in. Several instances may come to tidy at once: all of it may be done twice. */
  look(shard: Shard, { marks = 0, n }: SequenceReading): void {
    if (marks === 0) {
      this.#since.delete(shard);
      return;
    }
    const nowMs = this.#clock.nowMs();
    const since = this.#since.get(shard);
    if (since === undefined) this.#since.set(shard, { sinceMs: nowMs, n });
    else if (nowMs - since.sinceMs > MARKS_STALE_MS) {
      this.#since.set(shard, { sinceMs: nowMs, n });
      void this.#tidy(shard, since.n);
    }
  }

  async #tidy({ l2 }: Shard, n: number): Promise<void> {
    let cursor = "0";
    try {
      do ({ cursor } = await l2.call("sweep", { prefix: "", cursor }));
      while (cursor !== "0");
      await l2.call("forget", { target: undefined, n });
    } catch {
      // The marks stay in force; another turn will come.
    }
  }
}
