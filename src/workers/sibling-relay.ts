// Tells the workers of an instance of one another's changes, where Redis is the truth that they share.

import { systemTimers, type Timers } from "../base/timers.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { SiblingBarrier } from "./sibling-barrier.ts";

export interface WorkerPort {
  send(message: ToWorker): void;
}

export class SiblingRelay {
  readonly #siblings: SiblingBarrier<WorkerPort>;

  constructor(timers: Timers = systemTimers) {
    this.#siblings = new SiblingBarrier(timers);
  }

  serve(port: WorkerPort, message: ToSupervisor): void {
    switch (message.type) {
      case "subscribe":
        this.#siblings.join(port);
        return;
      case "seen":
        this.#siblings.seen(port, message.number);
        return;
      case "changed": {
        const { id, changes } = message;
        this.#siblings.tell((other, number) => other.send({ type: "changed", number, changes }), port);
        this.#siblings.whenSeen(port, (isLate) => port.send({ type: "settled", id, isLate }));
        return;
      }
      default:
        return;
    }
  }

  leave(port: WorkerPort): void {
    this.#siblings.leave(port);
  }
}
