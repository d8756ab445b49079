// A worker's way to the other workers of its instance, by the supervisor, where Redis is the truth that they share.

import type { SiblingChange, Siblings } from "../store/siblings.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { SeenAnswers } from "./seen-answers.ts";

/** Changes that are told together. */
interface Settling {
  readonly changes: SiblingChange[];
  readonly isLate: PromiseWithResolvers<boolean>;
}

export class SiblingLink implements Siblings {
  readonly #send: (message: ToSupervisor) => void;
  readonly #seen: SeenAnswers;
  readonly #waiting = new Map<number, PromiseWithResolvers<boolean>>();
  #next: Settling | undefined;
  #onChange: (change: SiblingChange) => void = () => {};
  #count = 0;

  /** `later` runs a task in another turn of the event loop. */
  constructor(send: (message: ToSupervisor) => void, later: (task: () => void) => void = setImmediate) {
    this.#send = send;
    this.#seen = new SeenAnswers(send, later);
  }

  listen(onChange: (change: SiblingChange) => void): void {
    this.#onChange = onChange;
    this.#send({ type: "subscribe" });
  }

  /** Changes of one turn go out in one message. */
  settle(change: SiblingChange): Promise<boolean> {
    if (this.#next === undefined) {
      this.#next = { changes: [], isLate: Promise.withResolvers<boolean>() };
      queueMicrotask(() => this.#tell());
    }
    this.#next.changes.push(change);
    return this.#next.isLate.promise;
  }

  /** Takes a message of the supervisor's; those that concern no siblings are ignored. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "changed":
        for (const change of message.changes) this.#onChange(change);
        this.#seen.took(message.number);
        return;
      case "settled":
        this.#waiting.get(message.id)?.resolve(message.isLate);
        this.#waiting.delete(message.id);
        return;
      default:
        return;
    }
  }

  #tell(): void {
    const { changes, isLate } = this.#next!;
    this.#next = undefined;
    const id = ++this.#count;
    this.#waiting.set(id, isLate);
    this.#send({ type: "changed", id, changes });
  }
}
