// Which keys of all workers together are read most or are largest, asked for when somebody wants to see them. Cold.

import { RANKING_MS_MAX, RANKINGS_WAITING_MAX } from "../../base/fleet-limits.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { EntryMeta, Ranking, RankingQuery } from "../../dashboard/ranking.ts";
import { Rounds } from "./rounds.ts";

export class GatheredRankings<Worker> {
  readonly #all: () => Iterable<Worker>;
  readonly #rounds: Rounds<Worker>;
  /** One question at a time. */
  readonly #turns = new Semaphore(1);
  #query: RankingQuery | undefined;
  #told: Ranking[] = [];

  constructor(
    all: () => Iterable<Worker>,
    ask: (worker: Worker, number: number, query: RankingQuery) => void,
  ) {
    this.#all = all;
    this.#rounds = new Rounds(all, (worker, number) => ask(worker, number, this.#query!), RANKING_MS_MAX);
  }

  /** Nothing where too many wait for their turn. */
  async of(query: RankingQuery): Promise<Ranking | undefined> {
    if (this.#turns.waiting >= RANKINGS_WAITING_MAX) return undefined;
    return this.#turns.run(async () => {
      this.#query = query;
      this.#told = [];
      const asked = [...this.#all()].length;
      await this.#rounds.run();
      const complete = this.#told.length >= asked && this.#told.every((ranking) => ranking.complete);
      return { entries: merged(query, this.#told), complete };
    });
  }

  took(worker: Worker, number: number, ranking: Ranking): void {
    if (this.#rounds.answered(worker, number)) this.#told.push(ranking);
  }

  ended(worker: Worker): void {
    this.#rounds.ended(worker);
  }
}

/** The first of all together. A key is as hot as its ranks say: each worker that names it adds 1 / rank. */
function merged({ kind, count }: RankingQuery, rankings: readonly Ranking[]): EntryMeta[] {
  const byKey = new Map<string, { readonly entry: EntryMeta; weight: number }>();
  for (const { entries } of rankings) {
    for (const [i, entry] of entries.entries()) {
      const known = byKey.get(entry.key);
      if (known === undefined)
        byKey.set(entry.key, { entry, weight: kind === "hot" ? 1 / (i + 1) : bytesOf(entry) });
      else if (kind === "hot") known.weight += 1 / (i + 1);
    }
  }
  return [...byKey.values()]
    .sort((a, b) => b.weight - a.weight)
    .slice(0, count)
    .map(({ entry }) => entry);
}

const bytesOf = ({ variants }: EntryMeta) => Object.values(variants).reduce((sum, bytes) => sum + bytes, 0);
