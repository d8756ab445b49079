// Large answers on their way to their clients: charged as bytes in flight until the last of them has left. Cold.
//
// Bun does not tell when it has sent an answer, but it knows no address any more of a request that is done.

import type { Server } from "bun";
import type { InFlight } from "../../base/in-flight.ts";

/** How often it is looked for answers that are done, ms. */
const LOOK_MS = 250;

interface Answer {
  readonly request: Request;
  readonly server: Server<unknown>;
  readonly owner: string;
  readonly bytes: number;
}

export class Outgoing {
  readonly #inFlight: InFlight;
  #answers: Answer[] = [];
  #timer: Timer | undefined;

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /**
   * Charges `owner`, the API key's name, with the `bytes` of the answer to `request` until `server` has sent them or the
   * client has gone; `false`: there is no room. In memory and over a unix socket, where there are no addresses, nothing
   * is charged.
   */
  charge(request: Request, server: Server<unknown> | undefined, owner: string, bytes: number): boolean {
    if (server === undefined || server.requestIP(request) === null) return true;
    if (!this.#inFlight.take("answer", owner, bytes)) {
      this.#look();
      if (!this.#inFlight.take("answer", owner, bytes)) return false;
    }
    this.#answers.push({ request, server, owner, bytes });
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return true;
  }

  /** Gives back what is charged for answers that are done. */
  #look(): void {
    this.#answers = this.#answers.filter((answer) => {
      if (answer.server.requestIP(answer.request) !== null) return true;
      this.#inFlight.give("answer", answer.owner, answer.bytes);
      return false;
    });
    if (this.#answers.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
