// The clients that keep copies, one at each instance: when they use which, and what must hold of each copy.

import type { Truth } from "../../support/truth.ts";
import type { Random } from "../random.ts";
import type { Schedule } from "../schedule.ts";
import { KEYS } from "../sim-clients.ts";
import { SimCopyKeeper } from "./sim-copy-keeper.ts";
import { BOUND_MS } from "../sim-judge.ts";
import type { SimLanes } from "./sim-lanes.ts";

const SWEEP_MS = 100;
/** Between two uses of a copy, on average. */
const USE_MS = 20;
/** A key's expiry is told so much later at the most. */
const EXPIRY_MS = 500;

export interface SimCopiesOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly truth: Truth;
  readonly violate: (sentence: string) => void;
}

export class SimCopies {
  readonly keepers: readonly SimCopyKeeper[];
  readonly #options: SimCopiesOptions;
  readonly #lanes: readonly SimLanes[];

  constructor(options: SimCopiesOptions, lanes: readonly SimLanes[]) {
    this.#options = options;
    this.#lanes = lanes;
    this.keepers = lanes.map((one) => new SimCopyKeeper(one));
  }

  /** Plans uses of copies from `fromMs` to `untilMs`, and that what has expired is told until `endMs`. Where nothing
   *  fails (`isHeard`), each copy has to be within the bound: else a client cannot know what it was not told of yet. */
  plan(fromMs: number, untilMs: number, endMs: number, isHeard: boolean): void {
    const { schedule, random } = this.#options;
    for (let atMs = fromMs; atMs < untilMs; atMs += random.between(0, 2 * USE_MS)) {
      schedule.at(atMs, () => {
        const index = Math.floor(random.next() * this.keepers.length);
        const key = random.pick(KEYS);
        const copy = this.keepers[index]!.use(key);
        if (copy !== undefined && isHeard)
          this.#judge(index, key, copy, schedule.nowMs - BOUND_MS - EXPIRY_MS);
      });
    }
    for (let atMs = fromMs; atMs < endMs; atMs += SWEEP_MS) {
      schedule.at(atMs, () => this.#lanes.forEach((one) => one.sweep()));
    }
  }

  /** All has healed, and nothing has been written for a while: every copy that is left has to be the truth, or to have
   *  expired so lately that its client need not have been told. */
  judgeLast(): void {
    for (const [index, { copies }] of this.keepers.entries()) {
      for (const [key, copy] of copies)
        this.#judge(index, key, copy, this.#options.schedule.nowMs - EXPIRY_MS);
    }
  }

  #judge(index: number, key: string, copy: string, sinceMs: number): void {
    const { truth, schedule, violate } = this.#options;
    if (truth.latest(key, copy, sinceMs, schedule.nowMs) !== undefined) return;
    violate(
      `${key} = ${copy}, a copy of ${index}'s client at ${schedule.nowMs.toFixed(2)}, is older than ${sinceMs.toFixed(2)}`,
    );
  }
}
