// Messages of one WebSocket that wait to be carried out, the first perhaps in part: charged to the budget. Warm.

import type { InFlight } from "../base/in-flight.ts";
import { Charge } from "../gate/charge.ts";

export class Inbox {
  /** Where in the first message the next request begins. */
  at = 0;
  readonly #messages: Buffer[] = [];
  readonly #charge: Charge;
  #bytes = 0;

  constructor(inFlight: InFlight) {
    this.#charge = new Charge(inFlight, "websocket_input");
  }

  get first(): Buffer | undefined {
    return this.#messages[0];
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Keeps `message`; `false`: there is no room for it in the budget. */
  push(owner: string, message: Buffer): boolean {
    if (!this.#charge.set(owner, this.#bytes + message.length)) return false;
    this.#bytes += message.length;
    this.#messages.push(message);
    return true;
  }

  /** The first message is done. */
  shift(owner: string): void {
    this.#bytes -= this.#messages.shift()!.length;
    this.at = 0;
    this.#charge.set(owner, this.#bytes);
  }

  clear(): void {
    this.#messages.length = 0;
    this.#bytes = 0;
    this.at = 0;
    this.#charge.clear();
  }
}
