// What an instance of a single process tells of itself, kept in that process. Cold.

import { HISTORY_STEP_MS } from "../base/limits.ts";
import type { HistoryPoint } from "../dashboard/client/sample.ts";
import { History } from "../dashboard/history.ts";
import type { Overview } from "../dashboard/overview.ts";
import { EventRing, type InstanceEvent } from "../observe/events.ts";
import type { RequestPage } from "../observe/requests/request-record.ts";
import type { RequestRing } from "../observe/requests/request-ring.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { WorkerLinks } from "./worker-links.ts";

export class OwnOverview implements Overview, Pick<WorkerLinks, "overview" | "tell" | "tellLogLevel"> {
  readonly overview = this;
  readonly snapshot: () => Snapshot;
  readonly #events = new EventRing();
  readonly #history = new History();
  #timer: Timer | undefined;

  readonly #requests: RequestRing;

  constructor(snapshot: () => Snapshot, requests: RequestRing) {
    this.snapshot = snapshot;
    this.#requests = requests;
  }

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
    return this.#requests.since(after);
  }
}
