// Gives the event loop back in the midst of long work, so that nothing waits for it longer than a few ms. Cold.
//
// Those who rest go on API key by API key: one with a hundred batches at once gets as much as one with a single one. Work that
// is short is never made to wait: Bun closes a connection on which a request comes behind an answer that is not ready at once.

import { TURN_MS_MAX } from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { Turns, Waiting } from "../gate/turns.ts";
import type { Context } from "./context.ts";

export class Turn {
  readonly #turns: Turns;
  readonly #owner: string;
  readonly #work: number;
  #beganNs = Bun.nanoseconds();

  /** It begins now, and is the request's API key's. */
  constructor({ turns, apiKey, work }: Pick<Context, "turns" | "apiKey" | "work">) {
    this.#turns = turns;
    this.#work = work;
    this.#owner = apiKey?.name ?? "guest";
  }

  /** TURN_MS_MAX have passed since it began: it is time to rest. */
  get isOver(): boolean {
    return Bun.nanoseconds() - this.#beganNs > TURN_MS_MAX * 1e6;
  }

  /**
   * Lets everything else that is ready run first; what lies in the engine may have moved afterwards. `ns`: how long the
   * loop is then held, about; all that there is of this turn, unless given.
   */
  async rest(ns?: number): Promise<void> {
    await this.#wait(ns);
    this.#beganNs = Bun.nanoseconds();
    loopWork.begin(this.#work, this.#beganNs);
  }

  #wait(ns: number | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const turns = this.#turns;
    const waiting: Waiting = {
      owner: this.#owner,
      goOn() {
        // What waits on the promise runs once all have been woken, so it is counted before it is done.
        turns.spent(ns ?? turns.leftNs, this.owner);
        resolve();
      },
      fault: reject,
    };
    turns.add(waiting);
    return promise;
  }
}
