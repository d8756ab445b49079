// Questions to all workers at once, each with a number: done when every worker has answered, or a bound has passed. Cold.

import { REPORT_MS_MAX } from "../../base/fleet-limits.ts";
import { Round } from "./round.ts";

/** Questions that may be under way at once. */
const ROUNDS_MAX = 16;

export class Rounds<Worker> {
  readonly #all: () => Iterable<Worker>;
  readonly #ask: (worker: Worker, number: number) => void;
  readonly #rounds = new Map<number, Round<Worker>>();
  readonly #waitMsMax: number;
  #number = 0;

  /** `ask` puts question `number` to a worker; one that does not answer within `waitMsMax` is not waited for. */
  constructor(
    all: () => Iterable<Worker>,
    ask: (worker: Worker, number: number) => void,
    waitMsMax = REPORT_MS_MAX,
  ) {
    this.#all = all;
    this.#ask = ask;
    this.#waitMsMax = waitMsMax;
  }

  /** Asks all. */
  async run(): Promise<void> {
    // Beyond the bound one waits with the last who asked, who may be told what is a little older.
    const last = this.#rounds.get(this.#number);
    const round = last !== undefined && this.#rounds.size >= ROUNDS_MAX ? last : this.#begin();
    await round.done;
  }

  /** Whether the answer was waited for. */
  answered(worker: Worker, number: number): boolean {
    return this.#rounds.get(number)?.answered(worker) === true;
  }

  ended(worker: Worker): void {
    for (const round of this.#rounds.values()) round.answered(worker);
  }

  #begin(): Round<Worker> {
    const workers = [...this.#all()];
    const number = ++this.#number;
    const round = new Round(workers, this.#waitMsMax);
    this.#rounds.set(number, round);
    void round.done.then(() => this.#rounds.delete(number));
    for (const worker of workers) this.#ask(worker, number);
    return round;
  }
}
