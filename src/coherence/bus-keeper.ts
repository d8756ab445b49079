// Keeps one partition subscribed and proven: opens the bus, ticks on it, and begins anew whenever a tick fails.

import type { Clock } from "../base/clock.ts";
import { COHERENCE_TICK_MS_MIN, CONNECT_MS_MAX, RECONNECT_MS_MAX, RECONNECT_MS_MIN } from "../base/limits.ts";
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
  /** The present connection's, while it is not given up. */
  #life = { isCurrent: false };
  #isTickWanted = false;
  #tickNow: (() => void) | undefined;
  /** Ends that holders are told again and again; none are: `undefined`. */
  #endTelling: (() => void) | undefined;
  /** Ends what the present connection's life waits for. */
  #abort: ((reason: Error) => void) | undefined;

  constructor(options: BusKeeperOptions) {
    this.#options = options;
  }

  /** Runs until `stop`; never rejects. */
  async run(): Promise<void> {
    let waitMs = RECONNECT_MS_MIN;
    this.#tellHoldersAgain();
    const onProven = () => {
      waitMs = RECONNECT_MS_MIN;
      this.#endTelling?.();
    };
    while (!this.#isStopped) {
      try {
        await this.#serve(onProven);
      } catch (thrown) {
        if (!this.#isStopped) this.#options.onDown(thrown);
      }
      this.#close();
      if (this.#isStopped) return;
      this.#tellHolders();
      await pause(this.#options.timers, waitMs);
      waitMs = Math.min(2 * waitMs, RECONNECT_MS_MAX);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#endTelling?.();
    this.#abort?.(new Error("stopped"));
    this.#close();
  }

  /** One connection's life: subscribes, then ticks until that fails. Rejects with the reason. */
  async #serve(onProven: () => void): Promise<never> {
    const { partition, clock, tickMs, tickMsMax, bus } = this.#options;
    const life = { isCurrent: true };
    this.#life = life;
    const opening = bus.open({
      onMessage: (text) => {
        if (life.isCurrent) partition.receive(text, clock.nowMs());
      },
      onClosed: () => {
        if (!life.isCurrent) return;
        life.isCurrent = false;
        this.#abort?.(new Error("the bus was closed"));
      },
      onDoubt: (reason) => {
        const isKnown = !life.isCurrent && partition.freshUntilMs === Number.NEGATIVE_INFINITY;
        if (isKnown) return;
        partition.distrust();
        if (!life.isCurrent) return;
        life.isCurrent = false;
        this.#abort?.(new Error(reason));
      },
    });
    try {
      this.#connection = await this.#within(CONNECT_MS_MAX, opening);
      for (let isFirst = true; life.isCurrent && !this.#isStopped; isFirst = false) {
        const question = partition.asking(clock.nowMs());
        const reading = await this.#within(tickMsMax, this.#connection.tick());
        partition.tick(reading, question, clock.nowMs(), isFirst);
        if (!life.isCurrent) break;
        onProven();
        this.#options.onTick(reading, isFirst);
        await this.#within(2 * tickMs, this.#untilNext(question.sentMs));
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

  /** Those who keep copies and rely on being told of changes (clients of the lanes) are told to drop them: now, when the
   *  last that L1 answers has been answered, and every so often until changes are heard of again, however long it takes
   *  to connect: what they read meanwhile may change as well. */
  #tellHolders(): void {
    const { partition, timers, clock } = this.#options;
    partition.unheard();
    const leftMs = partition.freshUntilMs - clock.nowMs();
    if (leftMs > 0) timers.after(leftMs, () => partition.unheard());
    this.#endTelling?.();
    this.#tellHoldersAgain();
  }

  #tellHoldersAgain(): void {
    const { partition, timers, tickMs } = this.#options;
    this.#endTelling = timers.after(tickMs, () => {
      partition.unheard();
      this.#tellHoldersAgain();
    });
  }

  /** Asks for a tick now, and not only when one is due. */
  tickNow(): void {
    this.#isTickWanted = true;
    this.#tickNow?.();
  }

  /** Ends the present connection and all others of its partition. */
  renew(reason: string): void {
    this.#life.isCurrent = false;
    this.#options.bus.renew(reason);
    this.#abort?.(new Error(reason));
  }

  /** Resolves when a tick is due after the one sent at `sentMs`. */
  async #untilNext(sentMs: number): Promise<void> {
    const { tickMs, timers, clock } = this.#options;
    if (!this.#isTickWanted) {
      const wanted = Promise.withResolvers<void>();
      this.#tickNow = wanted.resolve;
      const cancel = timers.after(tickMs, wanted.resolve);
      await wanted.promise;
      cancel();
      this.#tickNow = undefined;
    }
    if (!this.#isTickWanted) return;
    this.#isTickWanted = false;
    const restMs = sentMs + COHERENCE_TICK_MS_MIN - clock.nowMs();
    if (restMs > 0) await pause(timers, restMs);
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
