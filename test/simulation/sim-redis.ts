// A model of Redis and of the network to it: connections in order, delayed, cut, half-open; pauses, restarts, losses.

import type { BusListener, SequenceReading } from "../../src/coherence/bus.ts";
import type { L2Operation, L2Operations } from "../../src/store/l2.ts";
import { MemoryL2 } from "../../src/workers/memory-l2.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

/** One connection, as its client holds it. */
export interface SimConnection {
  /** Has `task` run by Redis after all that was sent before, and `done` called here with what it gave. */
  send<T>(task: () => T, done: (value: T) => void): void;
  close(): void;
}

/** A process that connections end at: it may be stopped, and then sees everything later. */
export interface SimHost {
  run(task: () => void): void;
}

export class SimRedis {
  readonly memory: MemoryL2;
  /** Probability that a message to one subscriber is lost without a trace. */
  lossRate = 0;
  /** Nothing is slow any more. */
  isCalm = false;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #connections = new Set<Connection>();
  readonly #onMutation: () => void;
  #isUp = true;
  #run = 1;
  #clockRun = 1;
  #epochs = 0;
  #stopped: (() => void)[] | undefined;
  #snapshots: (() => void)[] = [];

  constructor(schedule: Schedule, random: Random, onMutation: () => void) {
    this.#schedule = schedule;
    this.#random = random;
    this.#onMutation = onMutation;
    this.memory = new MemoryL2({
      bytesMax: Number.POSITIVE_INFINITY,
      wallMs: () => schedule.nowMs + 1e6,
      makeEpoch: () => {
        const count = String(++this.#epochs);
        return `${count.padStart(8, "0")}-0000-4000-8000-${count.padStart(12, "0")}`;
      },
      publish: (text) => this.publish(text),
    });
  }

  /** To every subscriber, each by its own connection. */
  publish(text: string): void {
    for (const connection of this.#connections) {
      if (connection.listener === undefined || this.#random.chance(this.lossRate)) continue;
      const { listener } = connection;
      connection.deliver(() => listener.onMessage(text));
    }
  }

  execute<O extends L2Operation>(
    operation: O,
    request: L2Operations[O]["request"],
  ): L2Operations[O]["reply"] {
    const reply = this.memory.execute(operation, request);
    if (operation !== "read") this.#onMutation();
    return reply;
  }

  tick(): SequenceReading {
    return this.memory.tick();
  }

  /** Connects; `opened` is called with the connection once Redis has been asked whose run it is, or `closed`. */
  connect(
    host: SimHost,
    listener: BusListener | undefined,
    opened: (connection: SimConnection) => void,
    closed: () => void,
  ): SimConnection {
    const connection = new Connection(this.#schedule, this.#random, this, host, listener, closed);
    this.#schedule.after(this.#random.between(0.05, 2), () => {
      if (!this.#isUp) {
        connection.cut();
        return;
      }
      this.#connections.add(connection);
      connection.send(
        () => this.#adopt(),
        () => opened(connection),
      );
    });
    return connection;
  }

  /** Runs `task` as Redis does: at once, or when it goes on. */
  serve(task: () => void): void {
    if (this.#stopped === undefined) task();
    else this.#stopped.push(task);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  stop(ms: number): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = [];
    this.#schedule.after(ms, () => {
      const waiting = this.#stopped ?? [];
      this.#stopped = undefined;
      for (const task of waiting) task();
    });
  }

  snapshot(): void {
    const restore = this.memory.snapshot();
    const run = this.#clockRun;
    this.#snapshots.push(() => {
      restore();
      this.#clockRun = run;
    });
  }

  flushAll(): void {
    this.memory.clear();
    this.#clockRun = this.#run;
    this.#snapshots = [];
    this.#onMutation();
  }

  /** Goes down for `ms` and comes back as another run, with all, some or none of its data. */
  restart(ms: number, loss: "none" | "suffix" | "all"): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#stopped = undefined;
    for (const connection of this.#connections) connection.cut();
    this.#connections.clear();
    this.#schedule.after(ms, () => {
      if (loss === "all") this.flushAll();
      if (loss === "suffix" && this.#snapshots.length > 0) this.#random.pick(this.#snapshots)();
      this.#isUp = true;
      this.#run += 1;
      if (loss === "all") this.#clockRun = this.#run;
      this.#snapshots = [];
      this.#onMutation();
    });
  }

  /** Ends a random connection: noticed by both sides, or (half-open) by none. */
  breakOne(isHalfOpen: boolean): void {
    const connections = [...this.#connections];
    if (connections.length === 0) return;
    const connection = this.#random.pick(connections);
    if (isHalfOpen) connection.blackHole();
    else connection.cut();
    this.#connections.delete(connection);
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #adopt(): void {
    const hadClock = this.memory.hasClock;
    if (hadClock && this.#clockRun !== this.#run) this.memory.adopt();
    this.#clockRun = this.#run;
  }
}

class Connection implements SimConnection {
  readonly listener: BusListener | undefined;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #redis: SimRedis;
  readonly #host: SimHost;
  readonly #closed: () => void;
  #state: "open" | "dark" | "closed" = "open";
  #toRedisMs = 0;
  #toClientMs = 0;
  /** Most deliveries take a fraction of a millisecond; some connections are slow for all. */
  readonly #slowMs: number;

  constructor(
    schedule: Schedule,
    random: Random,
    redis: SimRedis,
    host: SimHost,
    listener: BusListener | undefined,
    closed: () => void,
  ) {
    this.#schedule = schedule;
    this.#random = random;
    this.#redis = redis;
    this.#host = host;
    this.listener = listener;
    this.#closed = closed;
    this.#slowMs = random.chance(0.2) ? random.between(1, 120) : 0;
  }

  send<T>(task: () => T, done: (value: T) => void): void {
    if (this.#state !== "open") return;
    this.#toRedisMs = Math.max(this.#toRedisMs, this.#schedule.nowMs + this.#delayMs());
    this.#schedule.at(this.#toRedisMs, () => {
      this.#redis.serve(() => {
        // What has reached Redis is executed, though its answer may reach nobody.
        if (this.#state === "dark" || !this.#redis.isUp) return;
        const value = task();
        this.deliver(() => done(value));
      });
    });
  }

  deliver(task: () => void): void {
    if (this.#state !== "open") return;
    this.#toClientMs = Math.max(this.#toClientMs, this.#schedule.nowMs + this.#delayMs());
    this.#schedule.at(this.#toClientMs, () => {
      this.#host.run(() => {
        if (this.#state === "open") task();
      });
    });
  }

  cut(): void {
    if (this.#state === "closed") return;
    this.#schedule.after(this.#random.between(0, 3), () => this.#host.run(() => this.close()));
  }

  blackHole(): void {
    this.#state = "dark";
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#redis.forget(this);
    this.#closed();
  }

  #delayMs(): number {
    const random = this.#random;
    if (this.#redis.isCalm) return random.between(0.02, 0.5);
    if (random.chance(0.03)) return random.between(1, 300);
    return random.between(0.02, 0.5) + this.#slowMs * random.next();
  }
}
