// Keeps the workers of one instance coherent without Redis: it holds the truth in memory and numbers every change.

import { messageOf } from "../base/bug.ts";
import { steadyWallMs } from "../base/clock.ts";
import { systemTimers } from "../base/timers.ts";
import type { L2Operation, L2Operations } from "../store/l2.ts";
import { L2Error } from "../store/l2-error.ts";
import { MemoryL2 } from "./memory-l2.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { SiblingBarrier } from "./sibling-barrier.ts";

export interface HubPort {
  send(message: ToWorker): void;
}

export class Hub {
  readonly #memory: MemoryL2;
  readonly #siblings = new SiblingBarrier<HubPort>(systemTimers);

  constructor(bytesMax: number) {
    this.#memory = new MemoryL2({
      bytesMax,
      // TTLs of entries and leases must not follow the wall clock when it is set.
      wallMs: steadyWallMs,
      makeEpoch: () => crypto.randomUUID(),
      publish: (text) => {
        this.#siblings.tell((port, number) => port.send({ type: "invalidation", number, text }));
      },
    });
  }

  /** Answers a worker on the pipe that also carries its invalidations: an answer proves that all earlier ones came. */
  serve(port: HubPort, message: ToSupervisor): void {
    switch (message.type) {
      case "subscribe":
        this.#siblings.join(port);
        return;
      case "seen":
        this.#siblings.seen(port, message.number);
        return;
      case "tick":
        port.send({ type: "reply", id: message.id, reply: this.#memory.tick(), isLate: false });
        return;
      case "call":
        this.#call(port, message.id, message.operation, message.request);
        return;
      default:
        return;
    }
  }

  leave(port: HubPort): void {
    this.#siblings.leave(port);
  }

  /** A change is acknowledged when the other workers have dropped what it makes old: a later read, by whichever of them
   *  it is served, sees it. */
  #call(port: HubPort, id: number, operation: L2Operation, request: unknown): void {
    try {
      const before = this.#siblings.number;
      const reply = this.#memory.execute(operation, request as L2Operations[L2Operation]["request"]);
      const answer = (isLate: boolean) => port.send({ type: "reply", id, reply, isLate });
      if (this.#siblings.number === before) answer(false);
      else this.#siblings.whenSeen(port, answer);
    } catch (thrown) {
      const failure = thrown instanceof L2Error ? thrown : new L2Error("refused", messageOf(thrown));
      port.send({ type: "failure", id, reason: failure.reason, message: failure.message });
    }
  }
}
