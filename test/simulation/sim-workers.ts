// Has some of the simulated instances be the workers of one: each is told of what the others change, by way of the
// supervisor's production code, over pipes that keep the order and take a while.

import type { Timers } from "../../src/base/timers.ts";

import type { ToWorker } from "../../src/workers/messages.ts";
import { SiblingLink } from "../../src/workers/sibling-link.ts";
import { SiblingRelay, type WorkerPort } from "../../src/workers/sibling-relay.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimHost } from "./sim-connection.ts";

/** What is on a pipe has arrived after so long at the most. */
const PIPE_MS_MAX = 2;

export class SimWorkers {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #relay: SiblingRelay;

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
    const timers: Timers = {
      after(ms, task) {
        let isOff = false;
        schedule.after(ms, () => (isOff ? undefined : task()));
        return () => (isOff = true);
      },
    };
    this.#relay = new SiblingRelay(timers);
  }

  /** One worker's way to its siblings. */
  connect(host: SimHost): SiblingLink {
    const toWorker = this.#pipe();
    const toSupervisor = this.#pipe();
    const port: WorkerPort = {
      send: (message: ToWorker) => toWorker(() => host.run(() => link.receive(message))),
    };
    const link = new SiblingLink(
      (message) => toSupervisor(() => this.#relay.serve(port, message)),
      (task) => this.#schedule.after(0, () => host.run(task)),
    );
    return link;
  }

  #pipe(): (task: () => void) => void {
    let lastMs = 0;
    return (task) => {
      lastMs = Math.max(lastMs, this.#schedule.nowMs + this.#random.between(0.02, PIPE_MS_MAX));
      this.#schedule.at(lastMs, task);
    };
  }
}
