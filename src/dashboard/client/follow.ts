// Follows the last requests of the server, as server-sent events, while the page is seen.

import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { RequestRecord } from "../../observe/requests/request-record.ts";
import { answerOf, Refused, reasonOf } from "./ask.ts";

/** The number before that of the first request. */
const NONE = "0";
/** Before it is asked once more, ms. */
const AGAIN_MS = 2_000;

export interface FollowEvents {
  /** In the order of their numbers. */
  requests(records: readonly RequestRecord[]): void;
  /** So many were not kept long enough to be shown. */
  missed(count: number): void;
  /** The key may not see them: it ends. */
  refused(): void;
  /** It is tried again by itself. */
  lost(reason: string): void;
}

/** Begins with those that the server remembers. Returns what ends it. */
export function followRequests(key: string, events: FollowEvents): () => void {
  const ended = new AbortController();
  const follower = new Follower(key, events, ended.signal);
  document.addEventListener("visibilitychange", () => follower.turn(), { signal: ended.signal });
  follower.turn();
  return () => {
    ended.abort();
    follower.turn();
  };
}

class Follower {
  readonly #key: string;
  readonly #events: FollowEvents;
  readonly #ended: AbortSignal;
  /** What cuts the answer that is read; there is one while the page is seen. */
  #reading: AbortController | undefined;
  /** The number of the last request that was told. */
  #last = NONE;

  constructor(key: string, events: FollowEvents, ended: AbortSignal) {
    this.#key = key;
    this.#events = events;
    this.#ended = ended;
  }

  /** Begins to read, or ends it, as it should be now. */
  turn(): void {
    const wanted = !document.hidden && !this.#ended.aborted;
    if (!wanted) {
      this.#reading?.abort();
      this.#reading = undefined;
    } else if (this.#reading === undefined) {
      this.#reading = new AbortController();
      void this.#read(this.#reading.signal);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#readOnce(signal);
      } catch (thrown) {
        if (signal.aborted) return;
        if (thrown instanceof Refused) return this.#events.refused();
        this.#events.lost(reasonOf(thrown));
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const headers = { accept: "text/event-stream", "last-event-id": this.#last };
    const answer = await answerOf("admin/requests", this.#key, { headers, signal });
    let told: RequestRecord[] = [];
    const parser = createParser({
      onEvent: (message) => {
        const record = this.#take(message);
        if (record !== undefined) told.push(record);
      },
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
      if (told.length > 0) this.#events.requests(told);
      told = [];
    }
  }

  #take({ id, event, data }: EventSourceMessage): RequestRecord | undefined {
    const isFirst = this.#last === NONE;
    this.#last = id ?? this.#last;
    if (event === undefined) return JSON.parse(data) as RequestRecord;
    // Those before the first that is shown were not to be shown.
    if (!isFirst) this.#events.missed((JSON.parse(data) as { missed: number }).missed);
    return undefined;
  }
}
