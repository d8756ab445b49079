// Keeps one partition subscribed and proven: opens the bus, ticks on it, and begins anew whenever a tick fails.

import type { Clock } from "../base/clock.ts";
import { CONNECT_MS_MAX, RECONNECT_MS_MAX, RECONNECT_MS_MIN } from "../base/limits.ts";
import { pause, type Timers } from "../base/timers.ts";
import type { Bus, BusConnection, SequenceReading } from "./bus.ts";
import type { Partition } from "./partition.ts";

export interface BusKeeperOptions {
  readonly bus: Bus;
  readonly partition: Partition;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Between two ticks. */
  readonly tickMs: number;
  /** A tick unanswered for this long ends the connection. */
  readonly tickMsMax: number;
  /** Called after each tick that was answered. */
  readonly onTick: (reading: SequenceReading, isFirst: boolean) => void;
  /** Called when a connection could not be opened or has ended. */
  readonly onDown: (reason: unknown) => void;
}

export class BusKeeper {
  readonly #options: BusKeeperOptions;
  #connection: BusConnection | undefined;
  #isStopped = false;
  /** Ends what the present connection's life waits for. */
  #abort: ((reason: Error) => void) | undefined;

  constructor(options: BusKeeperOptions) {
    this.#options = options;
  }

  /** Runs until `stop`; never rejects. */
  async run(): Promise<void> {
    let waitMs = RECONNECT_MS_MIN;
    while (!this.#isStopped) {
      try {
        await this.#serve(() => (waitMs = RECONNECT_MS_MIN));
      } catch (thrown) {
        if (!this.#isStopped) this.#options.onDown(thrown);
      }
      this.#close();
      if (this.#isStopped) return;
      await pause(this.#options.timers, waitMs);
      waitMs = Math.min(2 * waitMs, RECONNECT_MS_MAX);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#abort?.(new Error("stopped"));
    this.#close();
  }

  /** One connection's life: subscribes, then ticks until that fails. Rejects with the reason. */
  async #serve(onProven: () => void): Promise<never> {
    const { partition, clock, tickMs, tickMsMax, timers, bus } = this.#options;
    const life = { isCurrent: true };
    const opening = bus.open({
      onMessage: (text) => {
        if (life.isCurrent) partition.receive(text, clock.nowMs());
      },
      onClosed: () => {
        if (!life.isCurrent) return;
        life.isCurrent = false;
        this.#abort?.(new Error("the bus was closed"));
      },
    });
    try {
      this.#connection = await this.#within(CONNECT_MS_MAX, opening);
      for (let isFirst = true; life.isCurrent && !this.#isStopped; isFirst = false) {
        const sentMs = clock.nowMs();
        const reading = await this.#within(tickMsMax, this.#connection.tick());
        partition.tick(reading, sentMs, clock.nowMs(), isFirst);
        onProven();
        this.#options.onTick(reading, isFirst);
        await this.#within(2 * tickMs, pause(timers, tickMs));
      }
      throw new Error("the bus was closed");
    } finally {
      life.isCurrent = false;
      // An opening that succeeds after its deadline must not leave a connection behind.
      void opening.then(
        (connection) => connection.close(),
        () => {},
      );
    }
  }

  /** What `work` gives, unless `ms` pass or the connection ends first. */
  #within<T>(ms: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (reason: Error) => {
        cancel();
        this.#abort = undefined;
        reject(reason);
      };
      const cancel = this.#options.timers.after(ms, () => end(new Error(`no answer within ${ms} ms`)));
      this.#abort = end;
      void work.then(resolve, end).then(cancel);
    });
  }

  #close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
