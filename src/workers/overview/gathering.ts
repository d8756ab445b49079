// The supervisor's knowledge of its workers: their figures together, the last hour of them, their last events and requests.

import { HISTORY_STEP_MS } from "../../base/limits.ts";
import { History } from "../../dashboard/history.ts";
import { EventRing } from "../../observe/events.ts";
import type { Ranking, RankingQuery } from "../../dashboard/ranking.ts";
import type { RequestPage } from "../../observe/requests/request-record.ts";
import { mergeSnapshots, type Snapshot } from "../../observe/snapshot.ts";
import { WorkerSnapshots } from "../../observe/worker-snapshots.ts";
import { GatheredRankings } from "./gathered-rankings.ts";
import { GatheredRequests } from "./gathered-requests.ts";
import { Rounds } from "./rounds.ts";

/** What a worker may ask for, and is given. */
export type Question = "snapshot" | "history" | "events" | "requests" | "ranking";

export interface QuestionParameters {
  /** The number of a request: those after it. */
  readonly after?: number;
  readonly ranking?: RankingQuery;
}

export interface WorkersPort<Worker> {
  all(): Iterable<Worker>;
  /** What the supervisor itself adds to the figures. */
  own(): Snapshot;
  /** Has `worker` call `took` with its own figures and this number. */
  ask(worker: Worker, number: number): void;
  /** Has it call `tookRequests` with those that it has remembered after `after`. */
  askRequests(worker: Worker, number: number, after: number): void;
  /** Has it call `tookRanking`. */
  askRanking(worker: Worker, number: number, query: RankingQuery): void;
}

export class Gathering<Worker extends { readonly index: number }> {
  readonly events = new EventRing();
  readonly #history = new History();
  readonly #snapshots = new WorkerSnapshots<Worker>();
  readonly #workers: WorkersPort<Worker>;
  readonly #rounds: Rounds<Worker>;
  readonly #requests: GatheredRequests<Worker>;
  readonly #rankings: GatheredRankings<Worker>;
  #timer: Timer | undefined;

  constructor(workers: WorkersPort<Worker>) {
    this.#workers = workers;
    const all = () => workers.all();
    this.#rounds = new Rounds(all, (worker, number) => workers.ask(worker, number));
    this.#requests = new GatheredRequests(all, (worker, number, after) =>
      workers.askRequests(worker, number, after),
    );
    this.#rankings = new GatheredRankings(all, (worker, number, query) =>
      workers.askRanking(worker, number, query),
    );
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

  /** `undefined` before any worker has told anything, and where there is no room for the question. */
  async answer(question: Question, { after = 0, ranking }: QuestionParameters): Promise<unknown> {
    if (question === "snapshot") return this.#gather();
    if (question === "ranking") return ranking && this.#rankings.of(ranking);
    if (question === "requests") return this.#requests.since(after);
    return question === "history" ? this.#history.points() : this.events.recent();
  }

  /** `worker` tells its own figures, as it was asked to in round `number`. */
  took(worker: Worker, number: number, snapshot: Snapshot): void {
    this.#snapshots.took(worker, snapshot);
    this.#rounds.answered(worker, number);
  }

  /** It tells the requests that it was asked for. */
  tookRequests(worker: Worker, number: number, page: RequestPage): void {
    this.#requests.took(worker, number, page);
  }

  /** It tells its most read or largest keys, as it was asked to. */
  tookRanking(worker: Worker, number: number, ranking: Ranking): void {
    this.#rankings.took(worker, number, ranking);
  }

  ended(worker: Worker): void {
    this.#rankings.ended(worker);
    this.#snapshots.ended(worker);
    this.#rounds.ended(worker);
    this.#requests.ended(worker);
  }

  /** All workers' figures: one that does not answer in time counts with what it told last. */
  async #gather(): Promise<Snapshot | undefined> {
    await this.#rounds.run();
    const sum = this.#snapshots.sum();
    return sum === undefined ? undefined : mergeSnapshots([sum, this.#workers.own()]);
  }
}
