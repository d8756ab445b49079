// What one holder has taken of the budget of bytes in flight, kept at what it holds, in coarse steps. Cold.

import type { InFlight, InFlightKind } from "../base/in-flight.ts";
import { IN_FLIGHT_STEP_BYTES } from "../base/limits/in-flight.ts";

export class Charge {
  readonly #inFlight: InFlight;
  readonly #kind: InFlightKind;
  /** Whom the bytes are charged to; it changes only while there are none. */
  #owner = "";
  #bytes = 0;

  constructor(inFlight: InFlight, kind: InFlightKind) {
    this.#inFlight = inFlight;
    this.#kind = kind;
  }

  /** Bytes charged now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Brings the charge to `bytes`, of `owner`; `false`: they do not fit, and what was charged stays. */
  set(owner: string, bytes: number): boolean {
    const due =
      bytes < IN_FLIGHT_STEP_BYTES ? 0 : Math.ceil(bytes / IN_FLIGHT_STEP_BYTES) * IN_FLIGHT_STEP_BYTES;
    if (due === this.#bytes) return true;
    if (due < this.#bytes) {
      this.#inFlight.give(this.#kind, this.#owner, this.#bytes - due);
      this.#bytes = due;
      return true;
    }
    if (this.#bytes === 0) this.#owner = owner;
    if (!this.#inFlight.take(this.#kind, this.#owner, due - this.#bytes)) return false;
    this.#bytes = due;
    return true;
  }

  /** Gives everything back. */
  clear(): void {
    if (this.#bytes > 0) this.#inFlight.give(this.#kind, this.#owner, this.#bytes);
    this.#bytes = 0;
  }
}
