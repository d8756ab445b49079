// A worker's answers to numbered changes: one for all that came in one turn of the event loop.

import type { ToSupervisor } from "./messages.ts";

export class SeenAnswers {
  readonly #send: (message: ToSupervisor) => void;
  readonly #later: (task: () => void) => void;
  #number = 0;
  #isAnswering = false;

  /** `later` runs a task in another turn of the event loop. */
  constructor(send: (message: ToSupervisor) => void, later: (task: () => void) => void) {
    this.#send = send;
    this.#later = later;
  }

  /** The change with `number` has been taken in, and so have all before it. */
  took(number: number): void {
    this.#number = number;
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#later(() => {
      this.#isAnswering = false;
      this.#send({ type: "seen", number: this.#number });
    });
  }
}
