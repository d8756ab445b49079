// One instance of the simulation: the production store on simulated time, over connections to the simulated Redis.

import type { Clock } from "../../src/base/clock.ts";
import { CONNECT_MS_MAX } from "../../src/base/limits.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Timers } from "../../src/base/timers.ts";
import type { Bus, BusConnection, BusListener } from "../../src/coherence/bus.ts";
import type { ProtocolRules } from "../../src/coherence/protocol-rules.ts";
import { createCounts } from "../../src/observe/counts.ts";
import { Compressor } from "../../src/record/compressor.ts";
import type { L2, L2Operation, L2Operations } from "../../src/store/l2.ts";
import { L2Error } from "../../src/store/l2-error.ts";
import { SharedStore } from "../../src/store/shared/shared-store.ts";
import { MapEngine } from "../support/map-engine.ts";
import type { SiblingLink } from "../../src/workers/sibling-link.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { SimConnection, SimHost } from "./sim-connection.ts";
import { SimProcess } from "./sim-process.ts";
import type { SimRedis } from "./sim-redis.ts";
import { comparesVersions, type SimScripts } from "./sim-scripts.ts";
import type { SimServer } from "./sim-server.ts";
import type { SimWorkers } from "./sim-workers.ts";

export interface SimInstanceOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly redis: SimRedis;
  readonly partitions: number;
  readonly origin: string;
  readonly staleMaxMs: number;
  readonly l2TimeoutMs: number;
  readonly rules: ProtocolRules;
  readonly scripts: SimScripts;
  /** Where it is a worker: the way to its siblings. */
  readonly workers?: SimWorkers | undefined;
  /** Sees what L2 answers to reads after their deadline. */
  readonly onLateRead?: (
    instance: SimInstance,
    read: L2Operations["read"]["reply"],
    keys: readonly string[],
  ) => void;
}

/** What a server has to say besides an answer. */
type Refusal = { readonly refusal: "elsewhere" | "refused" };

/** One partition's connections: one for commands, with those who wait for its answers in order, and the bus. */
interface Link {
  connection: SimConnection | undefined;
  waiting: ((answer: Answer) => void)[];
  readonly rejects: Set<(reason: L2Error) => void>;
  listener: BusListener | undefined;
  bus: SimConnection | undefined;
  /** The run whose clock deadlines are reckoned by. */
  clockRun: string;
  /** The next answer is lost on the way: those behind it answer the question before theirs. */
  losesAnswer: boolean;
}

interface Answer {
  readonly question: number;
  readonly reply: object;
}

export class SimInstance implements SimHost {
  readonly clock: Clock;
  readonly store: SharedStore<never>;
  readonly siblings: SiblingLink | undefined;
  readonly #options: SimInstanceOptions;
  readonly #links: readonly Link[];
  readonly #process: SimProcess;

  constructor(options: SimInstanceOptions) {
    this.#options = options;
    const { schedule, random } = options;
    this.#process = new SimProcess(schedule, random);
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
    this.#links = Array.from({ length: options.partitions }, () => ({
      connection: undefined,
      rejects: new Set<(reason: L2Error) => void>(),
      listener: undefined,
      bus: undefined,
      waiting: [],
      losesAnswer: false,
      clockRun: "",
    }));
    this.siblings = options.workers?.connect(this);
    this.store = new SharedStore<never>({
      ...options,
      siblings: this.siblings,
      timers,
      clock: this.clock,
      createEngine: ({ isValid }) => new MapEngine<never>(isValid),
      compressor: new Compressor(),
      log: silentLog,
      counts: createCounts(),
      staleIfErrorMs: 0,
      links: this.#links.map((_, partition) => ({ l2: this.#l2(partition), bus: this.#bus(partition) })),
    });
    for (const partition of this.#links.keys()) this.#reconnect(partition);
    this.store.start();
  }

  /** When it was last stopped, or is: it hears and answers of what went on meanwhile as it goes on. */
  get stoppedUntilMs(): number {
    return this.#process.stoppedUntilMs;
  }

  /** Runs `task` now or, while the process is stopped, when it goes on. */
  run(task: () => void, isFromClient = false): void {
    this.#process.run(task, isFromClient);
  }

  stop(ms: number): void {
    this.#process.stop(ms);
  }

  /** One answer on the way to this instance is lost: all that follow on its connection answer another question. */
  loseAnswer(): void {
    this.#options.random.pick(this.#links).losesAnswer = true;
  }

  loseNothing(): void {
    for (const link of this.#links) link.losesAnswer = false;
  }

  /** Ends the connection that a partition hears of changes by. */
  cutBus(partition: number): void {
    this.#links[partition]!.bus?.cut();
  }

  #reconnect(partition: number): void {
    const { redis, schedule, random } = this.#options;
    const link = this.#links[partition]!;
    const connecting = redis.connect(
      this,
      partition,
      undefined,
      (connection) => (link.connection = connection),
      () => {
        link.connection = undefined;
        link.waiting = [];
        link.losesAnswer = false;
        for (const reject of link.rejects) reject(new L2Error("closed", "cut"));
        link.rejects.clear();
        schedule.after(random.between(5, 40), () => this.run(() => this.#reconnect(partition)));
      },
    );
    schedule.after(CONNECT_MS_MAX, () =>
      this.run(() => {
        if (link.connection !== connecting) connecting.close();
      }),
    );
  }

  /** All that came by the connections to this address is in doubt, and they are made anew. */
  #doubt(reason: string): void {
    for (const { listener, connection, bus } of this.#links) {
      listener?.onDoubt(reason);
      connection?.close();
      bus?.close();
    }
  }

  /** What a server answers when it is asked by `connection` to do `work`, or why it does not. */
  #asked<T extends object>(
    server: SimServer,
    { reignName, options: { partition } }: SimConnection,
    kind: "read" | "write" | "versioned write" | "tick",
    work: () => T,
  ): T | Refusal {
    const { provesRole, provesRun, provesReign, provesVersions } = this.#options.scripts;
    if (server.role === "replica") {
      if (provesRole) return { refusal: "elsewhere" };
      if (kind !== "read" && kind !== "tick") return { refusal: "refused" };
    }
    if (provesRun && server.hasMoved(partition, reignName)) return { refusal: "elsewhere" };
    const isProof = (provesReign && kind === "tick") || (provesVersions && kind === "versioned write");
    if (isProof && server.reignName !== reignName) return { refusal: "elsewhere" };
    return work();
  }

  #l2(partition: number): L2 {
    const { redis, schedule, l2TimeoutMs, onLateRead, scripts } = this.#options;
    const link = this.#links[partition]!;
    let questions = 0;
    return {
      call: <O extends L2Operation>(operation: O, request: L2Operations[O]["request"]) => {
        const { connection } = link;
        if (connection === undefined) return Promise.reject(new L2Error("closed", "not connected"));
        const sentMs = schedule.nowMs;
        const question = ++questions;
        const { clockRun } = link;
        const isWrite = operation !== "read";
        const kind = !isWrite ? "read" : comparesVersions(request) ? "versioned write" : "write";
        const ask = (server: SimServer): Answer => {
          const reply = this.#asked(server, connection, kind, () => {
            const timed = this.#timed(clockRun, server, request);
            const done = server.execute(partition, operation, timed, scripts);
            if (isWrite) redis.changed(server);
            return done;
          });
          return { question, reply };
        };
        return new Promise<L2Operations[O]["reply"]>((resolve, reject) => {
          link.rejects.add(reject);
          // A connection without answers is given up, as pings do in earnest.
          schedule.after(500, () => this.run(() => link.rejects.has(reject) && connection.close()));
          link.waiting.push(({ question: answered, reply }) => {
            if (answered !== question && scripts.namesQuestions) this.#doubt("another question's answer");
            if (!link.rejects.delete(reject)) return;
            if ("refusal" in reply) {
              reject(new L2Error(reply.refusal === "refused" ? "refused" : "closed", "refused"));
              if (reply.refusal === "elsewhere") this.#doubt("elsewhere");
              return;
            }
            if (operation === "read" && schedule.nowMs - sentMs > l2TimeoutMs) {
              onLateRead?.(this, reply as L2Operations["read"]["reply"], readKeys(request));
            }
            resolve(reply as L2Operations[O]["reply"]);
          });
          connection.send(ask, (answer) => {
            if (link.losesAnswer) link.losesAnswer = false;
            else link.waiting.shift()?.(answer);
          });
        });
      },
    };
  }

  /** Where the deadline of a change was reckoned by another server's clock, it has passed. */
  #timed<R extends object>(clockRun: string, server: SimServer, request: R): R {
    const isOther = this.#options.scripts.knowsClocks && clockRun !== server.runName;
    return isOther && "notAfterMs" in request ? { ...request, notAfterMs: 0 } : request;
  }

  #bus(partition: number): Bus {
    const { redis } = this.#options;
    const link = this.#links[partition]!;
    return {
      renew: (reason) => this.#doubt(reason),
      open: (listener) =>
        new Promise<BusConnection>((resolve, reject) => {
          link.listener = listener;
          link.bus = redis.connect(
            this,
            partition,
            listener,
            (connection) =>
              resolve({
                tick: () =>
                  new Promise((answer) =>
                    connection.send(
                      (server) => {
                        const reply = this.#asked(server, connection, "tick", () => server.tick(partition));
                        return { reply, run: server.runName };
                      },
                      ({ reply, run }) => {
                        if ("refusal" in reply) this.#doubt("elsewhere");
                        else {
                          answer(reply);
                          this.#options.schedule.after(0, () => (link.clockRun = run));
                        }
                      },
                    ),
                  ),
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
