// Puts what a lane of one worker asks to the same lane of all others, and collects their answers. Cold.

import { REPORT_MS_MAX } from "../../base/fleet-limits.ts";
import type { LaneQuestion } from "../messages.ts";
import { Round } from "../overview/round.ts";

interface Open<Worker> {
  readonly round: Round<Worker>;
  readonly answers: unknown[];
}

export class LaneQuestions<Worker> {
  readonly #all: () => Iterable<Worker>;
  readonly #put: (worker: Worker, number: number, question: LaneQuestion) => void;
  /** Each worker bounds how many of its own there are. */
  readonly #open = new Map<number, Open<Worker>>();
  #number = 0;

  constructor(
    all: () => Iterable<Worker>,
    put: (worker: Worker, number: number, question: LaneQuestion) => void,
  ) {
    this.#all = all;
    this.#put = put;
  }

  /** The answers of all workers but `asker`; one that does not answer within REPORT_MS_MAX is left out. */
  async answers(asker: Worker, question: LaneQuestion): Promise<readonly unknown[]> {
    const others = [...this.#all()].filter((worker) => worker !== asker);
    const number = ++this.#number;
    const answers: unknown[] = [];
    const round = new Round(others, REPORT_MS_MAX);
    this.#open.set(number, { round, answers });
    for (const other of others) this.#put(other, number, question);
    await round.done;
    this.#open.delete(number);
    return answers;
  }

  /** `answer` is `undefined` where the worker has none. */
  took(worker: Worker, number: number, answer: unknown): void {
    const open = this.#open.get(number);
    if (open?.round.answered(worker) === true && answer !== undefined) open.answers.push(answer);
  }

  ended(worker: Worker): void {
    for (const { round } of this.#open.values()) round.answered(worker);
  }
}
