// What one client has sent of a message that is not whole yet, which Bun holds: charged to the budget. Hot in part.

import type { Cuttable, InFlight } from "../base/in-flight.ts";
import { Charge } from "../gate/charge.ts";

/** Bytes of a frame's head, mask included, of most messages. */
const FRAME_BYTES = 8;

export class PartialMessage implements Cuttable {
  readonly #inFlight: InFlight;
  readonly #charge: Charge;
  readonly #end: () => void;
  /** Bytes of the connection that had been read at the last look, and those of messages that were whole since. */
  #received = 0;
  #completed = 0;
  #bytes = 0;

  /** `end` closes the connection at once. */
  constructor(inFlight: InFlight, end: () => void) {
    this.#inFlight = inFlight;
    this.#charge = new Charge(inFlight, "websocket_input");
    this.#end = end;
  }

  get heldBytes(): number {
    return this.#charge.bytes;
  }

  /** A message of `bytes`, or a ping, came whole. */
  completed(bytes: number): void {
    this.#completed += bytes + FRAME_BYTES;
  }

  /** `received` bytes of the connection have been read since it began. */
  look(owner: string, received: number): void {
    const grown = received - this.#received;
    this.#bytes = this.#completed > 0 ? Math.max(0, grown - this.#completed) : this.#bytes + grown;
    this.#received = received;
    this.#completed = 0;
    if (!this.#charge.set(owner, this.#bytes)) return this.#end();
    if (this.#charge.bytes > 0) this.#inFlight.addCuttable(this);
    else this.#inFlight.removeCuttable(this);
  }

  cut(): void {
    this.#end();
    this.close();
  }

  close(): void {
    this.#inFlight.removeCuttable(this);
    this.#charge.clear();
  }
}
