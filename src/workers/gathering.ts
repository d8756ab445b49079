// The supervisor's knowledge of its workers: their figures together, the last hour of them, and their last events. Cold.

import { REPORT_MS_MAX } from "../base/fleet-limits.ts";
import { HISTORY_STEP_MS } from "../base/limits.ts";
import { History } from "../dashboard/history.ts";
import { EventRing } from "../observe/events.ts";
import { mergeSnapshots, type Snapshot } from "../observe/snapshot.ts";
import { WorkerSnapshots } from "../observe/worker-snapshots.ts";

/** What a worker may ask for, and is given. */
export type Question = "snapshot" | "history" | "events";

export interface WorkersPort<Worker> {
  all(): Iterable<Worker>;
  /** What the supervisor itself adds to the figures. */
  own(): Snapshot;
  /** Has `worker` call `took` with its own figures and this number. */
  ask(worker: Worker, number: number): void;
}

/** Questions that may be under way at once. */
const ROUNDS_MAX = 16;

export class Gathering<Worker extends object> {
  readonly events = new EventRing();
  readonly #history = new History();
  readonly #snapshots = new WorkerSnapshots<Worker>();
  readonly #workers: WorkersPort<Worker>;
  readonly #rounds = new Map<number, Round<Worker>>();
  #number = 0;
  #timer: Timer | undefined;

  constructor(workers: WorkersPort<Worker>) {
    this.#workers = workers;
  }

  /** Begins to keep the history. */
  start(): void {
    const add = async () => {
      const snapshot = await this.#gather();
      if (snapshot !== undefined) this.#history.add(snapshot);
    };
    void add();
    this.#timer = setInterval(() => void add(), HISTORY_STEP_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `undefined` before any worker has told anything. */
  async answer(question: Question): Promise<unknown> {
    if (question === "snapshot") return this.#gather();
    return question === "history" ? this.#history.points() : this.events.recent();
  }

  /** `worker` tells its own figures, as it was asked to in round `number`. */
  took(worker: Worker, number: number, snapshot: Snapshot): void {
    this.#snapshots.took(worker, snapshot);
    this.#rounds.get(number)?.answered(worker);
  }

  ended(worker: Worker): void {
    this.#snapshots.ended(worker);
    for (const round of this.#rounds.values()) round.answered(worker);
  }

  /** All workers' figures: one that does not answer within REPORT_MS_MAX counts with what it told last. */
  async #gather(): Promise<Snapshot | undefined> {
    // Beyond the bound one waits with the last who asked, whose figures may be a little older.
    const last = this.#rounds.get(this.#number);
    const round = last !== undefined && this.#rounds.size >= ROUNDS_MAX ? last : this.#ask();
    await round.done;
    const sum = this.#snapshots.sum();
    return sum === undefined ? undefined : mergeSnapshots([sum, this.#workers.own()]);
  }

  #ask(): Round<Worker> {
    const workers = [...this.#workers.all()];
    const number = ++this.#number;
    const round = new Round(workers);
    this.#rounds.set(number, round);
    void round.done.then(() => this.#rounds.delete(number));
    for (const worker of workers) this.#workers.ask(worker, number);
    return round;
  }
}

/** One question to all workers: done when each has answered or ended, after REPORT_MS_MAX at the latest. */
class Round<Worker> {
  readonly done: Promise<void>;
  readonly #missing: Set<Worker>;
  #finish: () => void = () => {};

  constructor(workers: readonly Worker[]) {
    this.#missing = new Set(workers);
    this.done = new Promise((resolve) => {
      const timer = setTimeout(resolve, REPORT_MS_MAX);
      this.#finish = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (workers.length === 0) this.#finish();
  }

  answered(worker: Worker): void {
    this.#missing.delete(worker);
    if (this.#missing.size === 0) this.#finish();
  }
}
