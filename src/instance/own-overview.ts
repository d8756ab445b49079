// What an instance of a single process tells of itself, kept in that process. Cold.

import { systemClock } from "../base/clock.ts";
import type { Engine } from "../cache/engine.ts";
import { ownRanking } from "../http/handlers/admin/own-ranking.ts";
import type { Ready } from "../http/fast/ready.ts";
import { HISTORY_STEP_MS } from "../base/limits.ts";
import type { HistoryPoint } from "../dashboard/client/sample.ts";
import { History } from "../dashboard/history.ts";
import type { Overview } from "../dashboard/overview.ts";
import { EventRing, type InstanceEvent } from "../observe/events.ts";
import type { Ranking, RankingQuery } from "../dashboard/ranking.ts";
import type { RequestPage } from "../observe/requests/request-record.ts";
import type { Traffic } from "../observe/traffic.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { ownSnapshot, type OwnFigures } from "./own-snapshot.ts";
import type { WorkerLinks } from "./worker-links.ts";

/** What it is told from. */
interface OwnParts extends OwnFigures {
  readonly traffic: Traffic;
  readonly opened: OwnFigures["opened"] & { readonly store: { readonly engine: Engine<Ready> } };
}

export class OwnOverview implements Overview, Pick<WorkerLinks, "overview" | "tell" | "tellLogLevel"> {
  readonly overview = this;
  readonly #parts: () => OwnParts;
  readonly #events = new EventRing();
  readonly #history = new History();
  #timer: Timer | undefined;

  /** `parts` are asked for once they are there. */
  constructor(parts: () => OwnParts) {
    this.#parts = parts;
  }

  readonly snapshot = (): Snapshot => ownSnapshot(this.#parts());

  /** Begins to keep the history. */
  start(): void {
    this.#history.add(this.snapshot());
    this.#timer = setInterval(() => this.#history.add(this.snapshot()), HISTORY_STEP_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  readonly tell = (event: InstanceEvent): void => this.#events.add(event);

  /** There is no other process. */
  readonly tellLogLevel = (): void => {};

  history(): readonly HistoryPoint[] {
    return this.#history.points();
  }

  events(): readonly InstanceEvent[] {
    return this.#events.recent();
  }

  requests(after: number): RequestPage {
    return this.#parts().traffic.lastRequests.since(after);
  }

  ranking(query: RankingQuery): Promise<Ranking> {
    return ownRanking(this.#parts().opened.store.engine, systemClock, query);
  }
}
