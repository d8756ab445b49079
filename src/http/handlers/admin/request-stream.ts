// Requests as they are remembered, as server-sent events to a client that follows them. Cold.
//
// Nothing waits for a slow client: it is sent what is remembered when it takes more, and told how much it has missed.

import {
  REQUEST_ALIVE_MS,
  REQUEST_LOOK_MS,
  REQUEST_STALLED_MS_MAX,
  REQUESTS_SENT_AT_ONCE,
} from "../../../base/limits/operators.ts";
import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { RequestPage } from "../../../observe/requests/request-record.ts";
import type { RequestFilter } from "./request-filter.ts";

export interface Following {
  requests(after: number): MaybePromise<RequestPage>;
  /** What the client may have now; nothing: it may have no more. */
  filter(): RequestFilter | undefined;
  /** Called once, when the client has gone or was cut. */
  ended(): void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** How often it is looked for clients that take nothing, ms. */
const CHECK_MS = 1_000;

/** Those after the one with number `after`; a client that takes nothing for `stalledMsMax` is cut. */
export function requestStream(
  following: Following,
  after: number,
  stalledMsMax = REQUEST_STALLED_MS_MAX,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const cursor = new Cursor(following, after);
  /** Since when something waits for the client; nothing does: `undefined`. */
  let waitingSinceMs: number | undefined;
  const end = () => {
    if (cursor.isEnded) return;
    cursor.isEnded = true;
    clearInterval(check);
    following.ended();
  };
  let check: Timer | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        check = setInterval(
          () => {
            if (waitingSinceMs === undefined || following.nowMs() - waitingSinceMs < stalledMsMax) return;
            end();
            controller.error(new Error("the client takes nothing"));
          },
          Math.min(CHECK_MS, stalledMsMax),
        ).unref();
      },
      async pull(controller) {
        waitingSinceMs = undefined;
        const text = await cursor.next();
        if (cursor.isEnded) return;
        if (text === undefined) {
          end();
          controller.close();
          return;
        }
        waitingSinceMs = following.nowMs();
        controller.enqueue(encoder.encode(text));
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Where a client is in what is remembered. */
class Cursor {
  isEnded = false;
  readonly #following: Following;
  #after: number;
  /** The first comment goes out at once, and the answer's header with it. */
  #sentMs = Number.NEGATIVE_INFINITY;

  constructor(following: Following, after: number) {
    this.#following = following;
    this.#after = after;
  }

  /** The next events, when there are some, or a comment when there are none for long; nothing: there are no more. */
  async next(): Promise<string | undefined> {
    while (!this.isEnded) {
      const filter = this.#following.filter();
      if (filter === undefined) return undefined;
      const page = await this.#following.requests(this.#after);
      const text = this.#textOf(page, filter);
      const nowMs = this.#following.nowMs();
      if (text !== "" || nowMs - this.#sentMs >= REQUEST_ALIVE_MS) {
        this.#sentMs = nowMs;
        return text === "" ? ": nothing new\n\n" : text;
      }
      await new Promise((resolve) => setTimeout(resolve, REQUEST_LOOK_MS));
    }
    return undefined;
  }

  #textOf({ requests, last, missed }: RequestPage, filter: RequestFilter): string {
    const wanted = requests.filter(filter);
    const sent = wanted.slice(0, REQUESTS_SENT_AT_ONCE);
    this.#after = sent.length < wanted.length ? sent.at(-1)!.n : last;
    const events = sent.map((record) => `id: ${record.n}\ndata: ${JSON.stringify(record)}\n\n`);
    if (missed > 0) events.unshift(`event: missed\ndata: ${JSON.stringify({ missed })}\n\n`);
    return events.join("");
  }
}
