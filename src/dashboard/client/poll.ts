// Asks the server what the page shows while it is seen: the figures each second, the events each few seconds.

import type { InstanceEvent } from "../../observe/events.ts";
import type { Stats } from "../../observe/stats.ts";
import { ask, Refused, reasonOf } from "./ask.ts";
import type { HistoryPoint } from "./sample.ts";
import type { Fleet } from "./fleet-answer.ts";

const PERIOD_MS = 1_000;
const PERIOD_MS_MAX = 8_000;
const ANSWER_MS_MAX = 5_000;
/** The events are asked for once in so many rounds. */
const EVENT_ROUNDS = 5;

export interface PollEvents {
  /** `fleet` is missing while only /stats answers. */
  data(stats: Stats, fleet: Fleet | undefined): void;
  /** What the server has kept of the last hour: once, after the first data. */
  history(points: readonly HistoryPoint[]): void;
  /** The newest first; `undefined`: the key may not see them. */
  events(events: readonly InstanceEvent[] | undefined): void;
  /** The key is not, or no longer, known. Polling has ended. */
  refused(): void;
  /** No good answer; it is tried again after `retryMs`. */
  lost(reason: string, retryMs: number): void;
}

/** Returns what ends it. */
export function startPolling(key: string, events: PollEvents): () => void {
  const ended = new AbortController();
  const poll = new Poll(key, events, ended);
  const { signal } = ended;
  document.addEventListener("visibilitychange", () => void poll.turn(), { signal });
  window.addEventListener("online", () => void poll.turn(), { signal });
  void poll.turn();
  return () => poll.stop();
}

class Poll {
  readonly #key: string;
  readonly #events: PollEvents;
  readonly #ended: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #failures = 0;
  #rounds = 0;
  #hasHistory = false;

  constructor(key: string, events: PollEvents, ended: AbortController) {
    this.#key = key;
    this.#events = events;
    this.#ended = ended;
  }

  /** Asks now, unless that is under way or the page is not seen; and then again and again. */
  async turn(): Promise<void> {
    if (this.#isAsking || document.hidden) return;
    clearTimeout(this.#timer);
    this.#isAsking = true;
    const startMs = performance.now();
    const pauseMs = await this.#round();
    this.#isAsking = false;
    if (this.#ended.signal.aborted) return;
    this.#timer = setTimeout(() => void this.turn(), Math.max(0, startMs + pauseMs - performance.now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  #get<T>(path: string): Promise<T> {
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    return ask<T>(path, this.#key, { signal });
  }

  /** Asks once, and gives the ms until it is to be asked again. */
  async #round(): Promise<number> {
    const [stats, fleet] = await Promise.allSettled([
      this.#get<Stats>("stats?buckets"),
      this.#get<Fleet>("instances"),
    ]);
    if (this.#ended.signal.aborted) return 0;
    if (stats.status === "fulfilled") {
      this.#failures = 0;
      this.#events.data(stats.value, fleet.status === "fulfilled" ? fleet.value : undefined);
      // What fails here is asked for again in a while.
      await this.#askAside().catch(() => undefined);
      return PERIOD_MS;
    }
    if (stats.reason instanceof Refused && stats.reason.status === 401) {
      this.stop();
      this.#events.refused();
      return 0;
    }
    const retryMs = Math.min(PERIOD_MS * 2 ** this.#failures++, PERIOD_MS_MAX);
    this.#events.lost(reasonOf(stats.reason), retryMs);
    return retryMs;
  }

  /** What changes seldom: the history once, the events now and then. */
  async #askAside(): Promise<void> {
    if (!this.#hasHistory) {
      const { points } = await this.#get<{ points: readonly HistoryPoint[] }>("stats/history");
      this.#hasHistory = true;
      if (!this.#ended.signal.aborted) this.#events.history(points);
    }
    if (this.#rounds++ % EVENT_ROUNDS !== 0) return;
    const told = await this.#get<{ events: readonly InstanceEvent[] }>("admin/events").catch(
      (thrown: unknown) => {
        if (thrown instanceof Refused) return undefined;
        throw thrown;
      },
    );
    if (!this.#ended.signal.aborted) this.#events.events(told?.events);
  }
}
