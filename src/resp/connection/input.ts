// What a connection has received and not yet run: the parser, the chunks behind it, and what they take of the budget.

import type { InFlight } from "../../base/in-flight.ts";
import { release } from "../../base/bytes/release.ts";
import { RESP_HELD_BYTES_MAX } from "../../base/limits.ts";
import { Charge } from "../../gate/charge.ts";
import { Parser } from "../wire/parser.ts";

export class Input {
  readonly parser: Parser;
  /** The client has sent all that it will send. */
  isEnded = false;
  readonly #charge: Charge;
  readonly #commandBytesMax: number;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  /** The budget has no room for more. */
  #isOverdrawn = false;

  constructor(inFlight: InFlight, valueBytesMax: number) {
    this.parser = new Parser(valueBytesMax);
    this.#charge = new Charge(inFlight, "resp_input");
    this.#commandBytesMax = inFlight.ownerBytesMax / 2;
  }

  /** Bytes received that no command has used up. */
  get heldBytes(): number {
    return this.parser.heldBytes + this.#chunkBytes;
  }

  /** The budget had no room for all that is held. */
  get isOverdrawn(): boolean {
    return this.#isOverdrawn;
  }

  /** Something is charged. */
  get isCharged(): boolean {
    return this.#charge.bytes > 0;
  }

  /** So much waits behind a command that the socket need not be read. */
  get isFull(): boolean {
    return this.heldBytes > RESP_HELD_BYTES_MAX;
  }

  /** Keeps `chunk` for later, at the cost of `owner`. */
  hold(chunk: Buffer, owner: string): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    this.settle(owner, true);
  }

  /** Gives the parser the next chunk; `false`: there is none. */
  more(): boolean {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return false;
    this.#chunkBytes -= chunk.length;
    this.parser.feed(chunk);
    return true;
  }

  /**
   * Charges `owner` with what is held now, of one command no more than half of an owner's share (see SlowReader).
   * `isBusy`: the command that was read last may still be under way.
   */
  settle(owner: string, isBusy: boolean): void {
    if (!isBusy) this.parser.trim();
    const bytes = Math.min(this.parser.bufferBytes, this.#commandBytesMax) + this.#chunkBytes;
    this.#isOverdrawn = !this.#charge.set(owner, bytes);
  }

  /** Lets go of everything: the socket is closed. */
  drop(): void {
    for (const chunk of this.#chunks) release(chunk);
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#charge.clear();
  }
}
