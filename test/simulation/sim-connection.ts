// One simulated connection: in order both ways, delayed, and ended with or without either side's knowledge.

import type { BusListener } from "../../src/coherence/bus.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimServer } from "./sim-server.ts";

/** A process that connections end at: it may be stopped, and then sees everything later. */
export interface SimHost {
  run(task: () => void): void;
}

export interface SimConnectionOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly host: SimHost;
  readonly partition: number;
  /** Of a subscriber. */
  readonly listener: BusListener | undefined;
  /** The longest that a delivery takes, now and then, ms. */
  readonly delayMsMax: () => number;
  readonly onClosed: (connection: SimConnection) => void;
}

export class SimConnection {
  readonly options: SimConnectionOptions;
  /** Where it leads; nowhere before it is open. */
  server: SimServer | undefined;
  /** The reign of that server that it was opened in. */
  reignName = "";
  #state: "open" | "dark" | "closed" = "open";
  #toServerMs = 0;
  #toClientMs = 0;
  /** Most deliveries take a fraction of a millisecond; some connections are slow for all. */
  readonly #slowMs: number;

  constructor(options: SimConnectionOptions) {
    this.options = options;
    const { random } = options;
    this.#slowMs = random.chance(0.2) ? random.between(0, 0.4 * options.delayMsMax()) : 0;
  }

  /** Has `task` run by the server after all that was sent before, and `done` called here with what it gave. */
  send<T>(task: (server: SimServer) => T, done: (value: T) => void): void {
    if (this.#state !== "open") return;
    const { schedule } = this.options;
    const server = this.server!;
    const { run } = server;
    this.#toServerMs = Math.max(this.#toServerMs, schedule.nowMs + this.#delayMs());
    schedule.at(this.#toServerMs, () => {
      server.serve(() => {
        // What has reached the server is executed, though its answer may reach nobody.
        if (this.#state === "dark" || !server.isUp || server.run !== run) return;
        const value = task(server);
        this.deliver(() => done(value));
      });
    });
  }

  deliver(task: () => void): void {
    if (this.#state !== "open") return;
    const { schedule, host } = this.options;
    this.#toClientMs = Math.max(this.#toClientMs, schedule.nowMs + this.#delayMs());
    schedule.at(this.#toClientMs, () => {
      host.run(() => {
        if (this.#state === "open") task();
      });
    });
  }

  /** The other side ends it. */
  cut(): void {
    if (this.#state === "closed") return;
    const { schedule, random, host } = this.options;
    schedule.after(random.between(0, 3), () => host.run(() => this.close()));
  }

  /** Nothing passes any more, and neither side knows. */
  blackHole(): void {
    this.#state = "dark";
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.options.onClosed(this);
  }

  #delayMs(): number {
    const { random, delayMsMax } = this.options;
    const msMax = delayMsMax();
    if (msMax === 0) return random.between(0.02, 0.5);
    if (random.chance(0.03)) return random.between(1, msMax);
    return random.between(0.02, 0.5) + this.#slowMs * random.next();
  }
}
