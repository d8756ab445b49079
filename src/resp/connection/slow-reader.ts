// The answers that a client has not taken: charged to the budget of bytes in flight, and cut when others need room.

import type { Cuttable, InFlight } from "../../base/in-flight.ts";
import { Charge } from "../../gate/charge.ts";

export class SlowReader implements Cuttable {
  readonly #inFlight: InFlight;
  readonly #charge: Charge;
  readonly #cut: () => void;

  /** `cut`: ends the connection, which calls `drop`. */
  constructor(inFlight: InFlight, cut: () => void) {
    this.#inFlight = inFlight;
    this.#charge = new Charge(inFlight, "resp_output");
    this.#cut = cut;
  }

  get heldBytes(): number {
    return this.#charge.bytes;
  }

  cut(): void {
    this.#cut();
  }

  /**
   * Charges `owner` with `bytes`, which wait for the client; `false`: they do not fit. One answer may be larger than an
   * owner's share, which is no reason to cut a reader who takes it: no connection is charged more than half of it.
   */
  settle(owner: string, bytes: number): boolean {
    if (bytes === 0 && this.#charge.bytes === 0) return true;
    this.#inFlight.removeCuttable(this);
    if (!this.#charge.set(owner, Math.min(bytes, this.#inFlight.ownerBytesMax / 2))) return false;
    if (this.#charge.bytes > 0) this.#inFlight.addCuttable(this);
    return true;
  }

  /** Nothing waits any more: the socket is closed. */
  drop(): void {
    this.#inFlight.removeCuttable(this);
    this.#charge.clear();
  }
}
