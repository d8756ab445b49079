// One instance of the simulation: the production store on simulated time, over connections to the model of Redis.

import type { Clock } from "../../src/base/clock.ts";
import { CONNECT_MS_MAX } from "../../src/base/limits.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Timers } from "../../src/base/timers.ts";
import type { ProtocolRules } from "../../src/coherence/protocol-rules.ts";
import { Compressor } from "../../src/record/compressor.ts";
import type { Bus, BusConnection } from "../../src/coherence/bus.ts";
import type { L2, L2Operation, L2Operations } from "../../src/store/l2.ts";
import { L2Error } from "../../src/store/l2-error.ts";
import { SharedStore } from "../../src/store/shared/shared-store.ts";
import { MapEngine } from "../support/map-engine.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimConnection, SimHost, SimRedis } from "./sim-redis.ts";

export interface SimInstanceOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly redis: SimRedis;
  readonly origin: string;
  readonly staleMaxMs: number;
  readonly l2TimeoutMs: number;
  readonly rules: ProtocolRules;
  /** Sees what L2 answers to reads after their deadline. */
  readonly onLateRead?: (
    instance: SimInstance,
    read: L2Operations["read"]["reply"],
    keys: readonly string[],
  ) => void;
}

export class SimInstance implements SimHost {
  readonly clock: Clock;
  readonly store: SharedStore<never>;
  readonly #options: SimInstanceOptions;
  #deferred: (() => void)[] | undefined;
  #commands: SimConnection | undefined;
  readonly #rejects = new Set<(reason: L2Error) => void>();

  constructor(options: SimInstanceOptions) {
    this.#options = options;
    const { schedule, random } = options;
    const origin = random.between(0, 1e6);
    const skewMs = random.between(-5_000, 5_000);
    this.clock = {
      nowNs: () => (schedule.nowMs + origin) * 1e6,
      nowMs: () => schedule.nowMs + origin,
      wallMs: () => schedule.nowMs + 1e6 + skewMs,
    };
    const timers: Timers = {
      after: (ms, task) => {
        let isOff = false;
        schedule.after(ms, () => this.run(() => (isOff ? undefined : task())));
        return () => (isOff = true);
      },
    };
    this.store = new SharedStore<never>({
      ...options,
      timers,
      clock: this.clock,
      createEngine: (isValid) => new MapEngine<never>(isValid),
      compressor: new Compressor(),
      log: silentLog,
      staleIfErrorMs: 0,
      links: [{ l2: this.#l2(), bus: this.#bus() }],
    });
    this.#reconnect();
    this.store.start();
  }

  /** Runs `task` now or, while the process is stopped, when it goes on. */
  run(task: () => void): void {
    if (this.#deferred === undefined) task();
    else this.#deferred.push(task);
  }

  stop(ms: number): void {
    if (this.#deferred !== undefined) return;
    this.#deferred = [];
    this.#options.schedule.after(ms, () => {
      const tasks = this.#deferred ?? [];
      this.#deferred = undefined;
      // Each in a turn of its own, in the order in which they came due.
      for (const task of tasks) this.#options.schedule.after(0, () => this.run(task));
    });
  }

  #reconnect(): void {
    const { redis, schedule, random } = this.#options;
    const connecting = redis.connect(
      this,
      undefined,
      (connection) => (this.#commands = connection),
      () => {
        this.#commands = undefined;
        for (const reject of this.#rejects) reject(new L2Error("closed", "cut"));
        this.#rejects.clear();
        schedule.after(random.between(5, 40), () => this.run(() => this.#reconnect()));
      },
    );
    schedule.after(CONNECT_MS_MAX, () =>
      this.run(() => {
        if (this.#commands !== connecting) connecting.close();
      }),
    );
  }

  #l2(): L2 {
    return {
      call: <O extends L2Operation>(operation: O, request: L2Operations[O]["request"]) => {
        const { redis, schedule, l2TimeoutMs, onLateRead } = this.#options;
        const connection = this.#commands;
        if (connection === undefined) return Promise.reject(new L2Error("closed", "not connected"));
        const sentMs = schedule.nowMs;
        return new Promise<L2Operations[O]["reply"]>((resolve, reject) => {
          this.#rejects.add(reject);
          // A connection without answers is given up, as pings do in earnest.
          schedule.after(500, () => this.run(() => this.#rejects.has(reject) && connection.close()));
          connection.send(
            () => redis.execute(operation, request),
            (reply) => {
              this.#rejects.delete(reject);
              if (operation === "read" && schedule.nowMs - sentMs > l2TimeoutMs) {
                onLateRead?.(this, reply as L2Operations["read"]["reply"], readKeys(request));
              }
              resolve(reply);
            },
          );
        });
      },
    };
  }

  #bus(): Bus {
    return {
      renew: () => {},
      open: (listener) =>
        new Promise<BusConnection>((resolve, reject) => {
          this.#options.redis.connect(
            this,
            listener,
            (connection) =>
              resolve({
                tick: () =>
                  new Promise((answer) => connection.send(() => this.#options.redis.tick(), answer)),
                close: () => connection.close(),
              }),
            () => {
              reject(new Error("cut"));
              listener.onClosed();
            },
          );
        }),
    };
  }
}

function readKeys(request: object): readonly string[] {
  return "keys" in request ? (request.keys as readonly string[]) : [];
}
