// One published message, held once for all who are to be sent it, and charged to its publisher meanwhile. Warm.

import { release } from "../../../base/bytes/release.ts";
import type { InFlight } from "../../../base/in-flight.ts";

/** What a message and each of its receivers take beside the bytes of the message. */
const MESSAGE_BYTES = 200;
const RECEIVER_BYTES = 64;

export class Message {
  /** A character for each byte, and the same as bytes. */
  readonly channel: string;
  readonly channelBytes: Buffer;
  readonly payload: Uint8Array;
  /** Bytes that one receiver is sent of it, about. */
  readonly bytes: number;
  readonly #inFlight: InFlight;
  readonly #owner: string;
  readonly #charged: number;
  #holders = 0;

  private constructor(channel: string, payload: Uint8Array, receivers: number, by: Publisher) {
    this.channel = channel;
    this.channelBytes = Buffer.from(channel, "latin1");
    this.payload = payload;
    this.bytes = RECEIVER_BYTES + channel.length + payload.length;
    this.#charged = chargeOf(channel, payload, receivers);
    this.#inFlight = by.inFlight;
    this.#owner = by.owner;
  }

  /** A message for so many receivers, held by the caller; `undefined`: the budget has no room. `payload` is copied. */
  static create(channel: string, payload: Uint8Array, receivers: number, by: Publisher): Message | undefined {
    if (!by.inFlight.take("resp_output", by.owner, chargeOf(channel, payload, receivers))) return undefined;
    const message = new Message(channel, Uint8Array.from(payload), receivers, by);
    message.hold();
    return message;
  }

  hold(): void {
    this.#holders += 1;
  }

  /** One who held it has sent it, or will not: the last gives the charge back. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#inFlight.give("resp_output", this.#owner, this.#charged);
    release(this.payload);
  }
}

/** Whom a message is charged to. */
interface Publisher {
  readonly inFlight: InFlight;
  readonly owner: string;
}

function chargeOf(channel: string, payload: Uint8Array, receivers: number): number {
  return MESSAGE_BYTES + channel.length + payload.length + RECEIVER_BYTES * receivers;
}
