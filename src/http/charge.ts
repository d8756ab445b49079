// What one request holds of the process's budget for bytes in flight: charged in steps, given back with its answer.

import { CacheeError } from "../base/errors.ts";
import type { InFlight, InFlightKind } from "../base/in-flight.ts";

/** Bytes are charged in multiples of this, unless another step is given. */
const STEP_BYTES = 64 * 1024;

export function overloaded(): CacheeError {
  return new CacheeError("overloaded", "Too many bytes are in flight, in all or for this API key.", {
    "Retry-After": "1",
  });
}

export class Charge {
  /** What it holds is given back by whoever set this, not with the request's answer. */
  isKept = false;
  readonly #inFlight: InFlight;
  readonly #kind: InFlightKind;
  readonly #owner: string;
  readonly #stepBytes: number;
  #bytes = 0;

  constructor(inFlight: InFlight, kind: InFlightKind, owner: string, stepBytes = STEP_BYTES) {
    this.#inFlight = inFlight;
    this.#kind = kind;
    this.#owner = owner;
    this.#stepBytes = stepBytes;
  }

  /** Bytes charged now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sees to it that `bytes` or more are charged in all; throws `overloaded` where there is no room for them. */
  cover(bytes: number): void {
    if (!this.mayCover(bytes)) throw overloaded();
  }

  /** The same; `false` where there is no room for them. */
  mayCover(bytes: number): boolean {
    const wanted = Math.ceil(bytes / this.#stepBytes) * this.#stepBytes - this.#bytes;
    if (wanted <= 0) return true;
    if (!this.#inFlight.take(this.#kind, this.#owner, wanted)) return false;
    this.#bytes += wanted;
    return true;
  }

  /** Gives back what is charged beyond `bytes`. */
  shrinkTo(bytes: number): void {
    if (bytes >= this.#bytes) return;
    this.#inFlight.give(this.#kind, this.#owner, this.#bytes - bytes);
    this.#bytes = bytes;
  }
}
