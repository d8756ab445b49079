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
/** Where something may fail: a client trusts its copies this long after it asked what was answered last. */
const TRUST_MS = 200;
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
    this.keepers = lanes.map((one) => new SimCopyKeeper(one, options.schedule));
  }

  /** Plans uses of copies from `fromMs` to `untilMs`, and that what has expired is told until `endMs`. Where nothing
   *  fails (`isHeard`), each copy has to be within the bound; else it has to have been when its client last asked, since
   *  a client cannot know what it was not told of yet. */
  plan(fromMs: number, untilMs: number, endMs: number, isHeard: boolean): void {
    const { schedule, random } = this.#options;
    for (const [index, keeper] of this.keepers.entries()) {
      keeper.onAnswer = () => this.#judgeAll(index, keeper.heardMs - BOUND_MS - EXPIRY_MS);
    }
    for (let atMs = fromMs; atMs < untilMs; atMs += random.between(0, 2 * USE_MS)) {
      schedule.at(atMs, () => {
        const index = Math.floor(random.next() * this.keepers.length);
        const key = random.pick(KEYS);
        const keeper = this.keepers[index]!;
        const copy = keeper.use(key, isHeard ? Number.NEGATIVE_INFINITY : schedule.nowMs - TRUST_MS);
        if (copy === undefined) return;
        const provenMs = isHeard ? schedule.nowMs : keeper.heardMs;
        this.#judge(index, key, copy, provenMs - BOUND_MS - EXPIRY_MS);
      });
    }
    for (let atMs = fromMs; atMs < endMs; atMs += SWEEP_MS) {
      schedule.at(atMs, () => this.#lanes.forEach((one) => one.sweep()));
    }
  }

  /** All has healed, and nothing has been written for a while: every copy that is left has to be the truth, or to have
   *  expired so lately that its client need not have been told. */
  judgeLast(): void {
    for (const index of this.keepers.keys()) this.#judgeAll(index, this.#options.schedule.nowMs - EXPIRY_MS);
  }

  #judgeAll(index: number, sinceMs: number): void {
    for (const [key, copy] of this.keepers[index]!.copies) this.#judge(index, key, copy, sinceMs);
  }

  #judge(index: number, key: string, copy: string, sinceMs: number): void {
    const { truth, schedule, violate } = this.#options;
    if (truth.latest(key, copy, sinceMs, schedule.nowMs) !== undefined) return;
    violate(
      `${key} = ${copy}, a copy of ${index}'s client at ${schedule.nowMs.toFixed(2)}, is older than ${sinceMs.toFixed(2)}`,
    );
  }
}
