// The sequence of an L2 in memory: which epoch it is in, and which number it has reached. Pure.

import type { SequenceReading } from "../../../src/coherence/bus.ts";
import { numberWithin } from "../../../src/coherence/epoch.ts";
import { nextRun } from "./next-run.ts";
import { openMessage } from "../../../src/coherence/message.ts";
import { closeMessage } from "./close-message.ts";
import type { Target } from "../../../src/coherence/target.ts";
import type { Version } from "../../../src/record/version.ts";

export interface MemorySequenceOptions {
  readonly wallMs: () => number;
  readonly makeEpoch: () => string;
  readonly publish: (text: string) => void;
}

/** Numbers that a new run leaves out: more than the last one can have used without this one knowing. */
const RUN_NUMBERS = 2 ** 32;

export class MemorySequence {
  epoch = "";
  n = 0;
  readonly #options: MemorySequenceOptions;

  constructor(options: MemorySequenceOptions) {
    this.#options = options;
  }

  /** Gives it an epoch, if it has none. */
  begin(): void {
    if (this.epoch === "") this.epoch = this.#options.makeEpoch();
  }

  /** Moves on to another run of the same birth. */
  adopt(): void {
    this.epoch = nextRun(this.epoch, this.#options.makeEpoch());
    this.n += RUN_NUMBERS;
    this.publish({ kind: "keys", keys: [] }, "");
  }

  read(): SequenceReading {
    return { epoch: this.epoch, n: this.n, timeMs: this.#options.wallMs() };
  }

  /** The number that what was written as `version` counts as now. */
  numberOf({ epoch, n }: Version): number {
    return numberWithin(this.epoch, epoch, n);
  }

  /** Tells that `origin` made the change that has the present number. */
  publish(target: Target, origin: string): void {
    const { epoch, n, timeMs } = this.read();
    this.#options.publish(closeMessage(openMessage(target, origin), epoch, n, timeMs));
  }
}
