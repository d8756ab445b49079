// A worker's bus for published messages where there is no Redis: the pipe to its supervisor.

import type { ChannelBus, ChannelListener } from "../../store/channel-bus.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { ToSupervisor, ToWorker } from "../messages.ts";

export class ChannelLink implements ChannelBus {
  readonly #send: (message: ToSupervisor) => void;
  readonly #waiting = new Map<number, () => void>();
  #listener: ChannelListener | undefined;
  #isJoined = false;
  #heardBytes = 0;
  #count = 0;

  constructor(send: (message: ToSupervisor) => void) {
    this.#send = send;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  join(): MaybePromise<boolean> {
    if (this.#isJoined) return true;
    return this.#ask((id) => ({ type: "join_channels", id })).then(() => {
      this.#isJoined = true;
      return true;
    });
  }

  async publish(channel: string, payload: Uint8Array): Promise<boolean> {
    await this.#ask((id) => ({ type: "publish", id, channel, payload }));
    return true;
  }

  /** Takes a message of the supervisor's; those that concern no channel are ignored. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "published":
        this.#heard(message.channel.length + message.payload.length);
        this.#listener?.onMessage(message.channel, message.payload);
        return;
      case "channels_lost":
        this.#isJoined = false;
        this.#listener?.onLost();
        return;
      case "channels_done":
        this.#waiting.get(message.id)?.();
        this.#waiting.delete(message.id);
        return;
      default:
        return;
    }
  }

  /** Tells the supervisor, once for all that came in one turn of the event loop. */
  #heard(bytes: number): void {
    if (this.#heardBytes === 0) {
      setImmediate(() => {
        this.#send({ type: "heard", bytes: this.#heardBytes });
        this.#heardBytes = 0;
      });
    }
    this.#heardBytes += bytes;
  }

  #ask(question: (id: number) => ToSupervisor): Promise<void> {
    const id = ++this.#count;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send(question(id));
    });
  }
}
