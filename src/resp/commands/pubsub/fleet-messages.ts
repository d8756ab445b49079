// Messages that come by the fleet's bus, handed to the subscribers of this process in the order in which they come. Warm.

import { reportBug } from "../../../base/bug.ts";
import type { ChannelListener } from "../../../store/channel-bus.ts";
import type { Clock } from "../../../base/clock.ts";
import type { InFlight } from "../../../base/in-flight.ts";
import { SUBSCRIPTION_MESSAGES_BYTES_MAX } from "../../../base/limits.ts";
import type { Log } from "../../../base/log.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import type { Channels } from "./channels.ts";
import { audiencesOf, deliver } from "./deliver.ts";

/** Whom messages are charged to from their arrival until subscribers have them. */
const OWNER = "fleet messages";
/** What a message that waits takes beside its bytes. */
const WAITING_BYTES = 200;

interface FleetMessagesOptions {
  readonly channels: Channels;
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly log: Log;
}

interface Waiting {
  readonly channel: string;
  readonly payload: Uint8Array;
}

export class FleetMessages implements ChannelListener {
  readonly #options: FleetMessagesOptions;
  /** Those that came while an earlier one was being delivered, in slices. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isDelivering = false;

  constructor(options: FleetMessagesOptions) {
    this.#options = options;
  }

  onMessage(channel: string, payload: Uint8Array): void {
    if (this.#options.channels.isEmpty) return;
    if (this.#isDelivering) return this.#wait(channel, payload);
    const later = this.#deliver(channel, payload);
    if (later instanceof Promise) void this.#goOn(later);
  }

  /** A subscriber that may have missed something is cut, so that its client knows, as when a Redis goes. */
  onLost(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#options.channels.lose();
  }

  #wait(channel: string, payload: Uint8Array): void {
    const bytes = WAITING_BYTES + channel.length + payload.length;
    const { inFlight } = this.#options;
    const isTooMuch = this.#waitingBytes + bytes > SUBSCRIPTION_MESSAGES_BYTES_MAX;
    if (isTooMuch || inFlight.bytes + this.#waitingBytes + bytes > inFlight.bytesMax) return this.onLost();
    this.#waiting.push({ channel, payload });
    this.#waitingBytes += bytes;
  }

  #deliver(channel: string, payload: Uint8Array): MaybePromise<void> {
    const { channels, inFlight, clock } = this.#options;
    const delivered = after(audiencesOf(channels, channel, clock), (audiences) =>
      deliver(audiences, channel, payload, { inFlight, clock, owner: OWNER }),
    );
    return after(delivered, (receivers) => {
      if (receivers === undefined) this.onLost();
    });
  }

  async #goOn(first: Promise<void>): Promise<void> {
    this.#isDelivering = true;
    try {
      await first;
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#waitingBytes -= WAITING_BYTES + next.channel.length + next.payload.length;
        await this.#deliver(next.channel, next.payload);
      }
    } catch (thrown) {
      reportBug(this.#options.log, thrown);
      this.onLost();
    } finally {
      this.#isDelivering = false;
    }
  }
}
