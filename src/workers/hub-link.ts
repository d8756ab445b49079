// A worker's L2 and bus where the supervisor is both: one pipe, in order, that lives as long as the process.

import type { Bus, BusConnection, BusListener, SequenceReading } from "../coherence/bus.ts";
import type { L2, L2Operation, L2Operations } from "../store/l2.ts";
import { L2Error } from "../store/l2-error.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { SeenAnswers } from "./seen-answers.ts";

interface Waiting {
  resolve(reply: unknown): void;
  reject(reason: L2Error): void;
}

export class HubLink {
  readonly l2: L2;
  readonly bus: Bus;
  readonly #send: (message: ToSupervisor) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #seen: SeenAnswers;
  #listener: BusListener | undefined;
  /** Changes that were acknowledged before all other workers were known to have dropped what they make old. */
  lateAcks = 0;
  #count = 0;

  constructor(send: (message: ToSupervisor) => void) {
    this.#send = send;
    this.#seen = new SeenAnswers(send, setImmediate);
    this.l2 = {
      call: <O extends L2Operation>(operation: O, request: L2Operations[O]["request"]) =>
        this.#ask<L2Operations[O]["reply"]>((id) => ({ type: "call", id, operation, request })),
    };
    // The pipe leads to one supervisor for as long as the process lives.
    this.bus = { open: (listener) => this.#open(listener), renew: () => {} };
  }

  /** Takes a message of the supervisor's; those that concern neither L2 nor bus are ignored. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "invalidation":
        this.#listener?.onMessage(message.text);
        this.#seen.took(message.number);
        return;
      case "reply":
        if (message.isLate) this.lateAcks += 1;
        this.#take(message.id)?.resolve(message.reply);
        return;
      case "failure":
        this.#take(message.id)?.reject(new L2Error(message.reason, message.message));
        return;
      default:
        return;
    }
  }

  async #open(listener: BusListener): Promise<BusConnection> {
    this.#listener = listener;
    this.#send({ type: "subscribe" });
    return {
      tick: () => this.#ask<SequenceReading>((id) => ({ type: "tick", id })),
      close: () => {
        if (this.#listener === listener) this.#listener = undefined;
      },
    };
  }

  #ask<T>(question: (id: number) => ToSupervisor): Promise<T> {
    const id = ++this.#count;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (reply) => resolve(reply as T), reject });
      this.#send(question(id));
    });
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
