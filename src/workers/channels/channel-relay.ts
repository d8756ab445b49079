// Tells all workers of an instance of the messages that clients of each publish, where there is no Redis to do it.

import { SUBSCRIPTION_MESSAGES_BYTES_MAX } from "../../base/limits.ts";
import type { WorkerPort } from "../sibling-relay.ts";
import type { ToSupervisor, ToWorker } from "../messages.ts";

type Published = Extract<ToSupervisor, { readonly type: "publish" }>;

export class ChannelRelay {
  /** Workers that want messages, and bytes of those sent to each that it has not taken in yet. */
  readonly #owed = new Map<WorkerPort, number>();

  /** Takes a message of a worker's; those that concern no channel are ignored. */
  serve(port: WorkerPort, message: ToSupervisor): void {
    switch (message.type) {
      case "join_channels":
        if (!this.#owed.has(port)) this.#owed.set(port, 0);
        port.send({ type: "channels_done", id: message.id });
        return;
      case "heard":
        this.#heard(port, message.bytes);
        return;
      case "publish":
        this.#publish(message);
        port.send({ type: "channels_done", id: message.id });
        return;
      default:
        return;
    }
  }

  leave(port: WorkerPort): void {
    this.#owed.delete(port);
  }

  #publish({ channel, payload }: Published): void {
    const message: ToWorker = { type: "published", channel, payload };
    const bytes = channel.length + payload.length;
    for (const [port, owed] of this.#owed) {
      if (owed > 0 && owed + bytes > SUBSCRIPTION_MESSAGES_BYTES_MAX) {
        // What a worker does not take in would pile up here. It joins again for those who subscribe again.
        this.#owed.delete(port);
        port.send({ type: "channels_lost" });
      } else {
        this.#owed.set(port, owed + bytes);
        port.send(message);
      }
    }
  }

  #heard(port: WorkerPort, bytes: number): void {
    const owed = this.#owed.get(port);
    if (owed !== undefined) this.#owed.set(port, Math.max(0, owed - bytes));
  }
}
