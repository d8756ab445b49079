// Runs an instance as several worker processes on one port: starts them, replaces those that end, drains them.

import { loadKeys } from "../auth/load-keys.ts";
import { systemClock } from "../base/clock.ts";
import {
  COMMON_MEMORY_BYTES_MAX,
  WORKER_PING_MS,
  WORKER_RESTART_MS_MAX,
  WORKER_RESTART_MS_MIN,
  WORKER_SETTLED_MS,
} from "../base/fleet-limits.ts";
import { DRAIN_MS_MAX } from "../base/limits.ts";
import type { Log, LogLevel } from "../base/log.ts";
import { workersOf, type Settings } from "../base/settings/settings.ts";
import { toldLog } from "../observe/events.ts";
import { processFigures } from "../observe/process-figures.ts";
import { partialSnapshot, type Snapshot } from "../observe/snapshot.ts";
import { startInstance, type RunningInstance } from "../instance/instance.ts";
import { WorkerMemory } from "../instance/worker-memory.ts";
import { Gathering, type Question, type QuestionParameters } from "./overview/gathering.ts";
import { ChannelRelay } from "./channels/channel-relay.ts";
import { LaneQuestions } from "./lanes/lane-questions.ts";
import { SiblingRelay } from "./sibling-relay.ts";
import type { ToSupervisor } from "./messages.ts";
import { claimPorts } from "../instance/listening/port-claim.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Resolves once all workers listen. */
export async function startWorkers(given: Settings, log: Log): Promise<RunningInstance> {
  const settings = given.redisUrls.length === 0 ? withinCommonMemory(given, log) : given;
  const memory = settings.redisUrls.length === 0 ? WorkerMemory.create(settings) : undefined;
  if (memory !== undefined && "unavailable" in memory) {
    log.warn("one_worker_alone", { reason: memory.unavailable });
    return startInstance({ ...settings, workers: 1 }, log);
  }
  const loaded = loadKeys(settings);
  const apiKeys = loaded.generated ?? settings.apiKeys;
  const { port, respPort, release } = claimPorts(settings);
  const supervisor = new Supervisor({ ...settings, port, respPort, apiKeys }, log, memory);
  const stop = async () => {
    await supervisor.stop();
    release();
  };
  try {
    const url = await supervisor.start();
    return { url, respPort, generatedKey: loaded.generated, reload: () => supervisor.reload(), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** The settings with a budget that one memory of all workers may have. */
function withinCommonMemory(settings: Settings, log: Log): Settings {
  const { l1BytesMax: bytesMax } = settings;
  if (bytesMax <= COMMON_MEMORY_BYTES_MAX) return settings;
  const used = COMMON_MEMORY_BYTES_MAX;
  log.warn("l1_budget_above_bound", { setting: "CACHEE_L1_BYTES_MAX", bytesMax, used });
  return { ...settings, l1BytesMax: used };
}

class Supervisor {
  readonly #log: Log;
  readonly #relay = new SiblingRelay();
  readonly #memory: WorkerMemory | undefined;
  readonly #channels = new ChannelRelay();
  readonly #count: number;
  #settings: Settings;
  /** Those that run, or are being started. */
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #gathering: Gathering<WorkerProcess>;
  readonly #lanes: LaneQuestions<WorkerProcess>;
  /** Numbers of the workers' places of which one has been ready. */
  readonly #readyOnce = new Set<number>();
  #restartMs = WORKER_RESTART_MS_MIN;
  #pings: Timer | undefined;
  #isRunning = false;
  #isStopping = false;

  /** `memory`: what the workers have in common, where Redis is not. */
  constructor(settings: Settings, log: Log, memory: WorkerMemory | undefined) {
    this.#gathering = new Gathering<WorkerProcess>({
      own: () => this.#ownFigures(),
      all: () => this.#workers.values(),
      ask: (worker, id) => worker.send({ type: "report", id }),
      askRequests: (worker, id, after) => worker.send({ type: "requests", id, after }),
      askRanking: (worker, id, query) => worker.send({ type: "ranking", id, query }),
    });
    this.#lanes = new LaneQuestions<WorkerProcess>(
      () => this.#workers.values(),
      (worker, id, question) => worker.send({ type: "lane_question", id, question }),
    );
    this.#log = toldLog(log, systemClock.wallMs, (event) => this.#gathering.events.add(event));
    this.#count = workersOf(settings);
    this.#memory = memory;
    const l1BytesMax =
      memory === undefined ? Math.floor(settings.l1BytesMax / this.#count) : settings.l1BytesMax;
    this.#settings = { ...settings, l1BytesMax };
  }

  /** The supervisor is a process of the instance too, and tells of the memory that the workers have in common. */
  #ownFigures(): Snapshot {
    const { rssBytes, cpuSeconds, startedAtSeconds } = processFigures(this.#memory !== undefined);
    const l1 = this.#memory?.stats();
    return partialSnapshot(systemClock.wallMs(), {
      ...(l1 && {
        cachee_l1_entries: l1.entries,
        cachee_l1_bytes: l1.bytes,
        cachee_l1_bytes_max: l1.bytesMax,
        cachee_evictions_total: l1.evictions,
      }),
      cachee_log_lines_dropped_total: this.#log.dropped,
      process_cpu_seconds_total: cpuSeconds,
      process_resident_memory_bytes: rssBytes + (this.#memory?.residentBytes ?? 0),
      process_start_time_seconds: startedAtSeconds,
    });
  }

  /** The instance's URL. Rejects where a worker cannot start. */
  async start(): Promise<string> {
    this.#pings = setInterval(() => this.#ping(), WORKER_PING_MS);
    const workers = Array.from({ length: this.#count }, (_, index) => this.#spawn(index));
    const [url] = await Promise.all(workers.map(({ listening }) => listening));
    this.#isRunning = true;
    this.#gathering.start();
    return url!;
  }

  /** Each worker reads keys and certificates itself, and logs what is wrong with them. */
  reload(): void {
    for (const worker of this.#workers.values()) worker.send({ type: "reload" });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#gathering.stop();
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.send({ type: "stop" });
    const timer = setTimeout(() => {
      for (const worker of workers) worker.kill();
    }, 2 * DRAIN_MS_MAX);
    await Promise.all(workers.map(({ exited }) => exited));
    clearTimeout(timer);
    clearInterval(this.#pings);
  }

  #spawn(index: number): WorkerProcess {
    const first = index === 0 ? {} : { unix: undefined };
    const memory = this.#memory?.assign();
    const assignment = { index, settings: { ...this.#settings, ...first }, memory };
    const startedMs = systemClock.nowMs();
    const events = {
      received: (from: WorkerProcess, message: ToSupervisor) => this.#received(from, message),
      exited: (ended: WorkerProcess, how: string) => {
        if (memory !== undefined) this.#recover(memory.own, index);
        this.#exited(ended, how, systemClock.nowMs() - startedMs);
      },
    };
    const worker = new WorkerProcess(assignment, events, this.#memory?.descriptor);
    this.#workers.set(index, worker);
    return worker;
  }

  #ping(): void {
    for (const worker of this.#workers.values()) {
      if (!worker.ping()) this.#log.error("worker_silent", { worker: worker.index, pid: worker.pid });
    }
  }

  /** Nobody waits longer for what a process that has ended was writing. */
  #recover(own: number, index: number): void {
    const emptied = this.#memory!.ended(own, index);
    if (emptied > 0) this.#log.error("shards_emptied", { worker: index, shards: emptied });
  }

  #exited(worker: WorkerProcess, how: string, ranMs: number): void {
    this.#relay.leave(worker);
    this.#channels.leave(worker);
    this.#gathering.ended(worker);
    this.#lanes.ended(worker);
    this.#workers.delete(worker.index);
    if (this.#isStopping || !this.#isRunning) return;
    if (ranMs >= WORKER_SETTLED_MS) this.#restartMs = WORKER_RESTART_MS_MIN;
    const restartMs = this.#restartMs;
    this.#restartMs = Math.min(2 * restartMs, WORKER_RESTART_MS_MAX);
    this.#log.error("worker_crashed", { worker: worker.index, how, restartMs });
    setTimeout(() => {
      if (!this.#isStopping) this.#spawn(worker.index);
    }, restartMs);
  }

  #received(worker: WorkerProcess, message: ToSupervisor): void {
    switch (message.type) {
      case "ask":
        void this.#answer(worker, message.id, message.question, message.parameters);
        return;
      case "ask_lanes":
        void this.#lanes
          .answers(worker, message.question)
          .then((answer) => worker.send({ type: "answer", id: message.id, answer }));
        return;
      case "lane_answer":
        this.#lanes.took(worker, message.id, message.answer);
        return;
      case "report":
        this.#gathering.took(worker, message.id, message.snapshot);
        return;
      case "requests":
        this.#gathering.tookRequests(worker, message.id, message.page);
        return;
      case "ranking":
        this.#gathering.tookRanking(worker, message.id, message.ranking);
        return;
      case "ready":
        this.#ready(worker.index);
        return;
      case "spent":
        for (const other of this.#workers.values()) if (other !== worker) other.send(message);
        return;
      case "log_level":
        this.#changeLogLevel(message.level);
        return;
      case "event":
        this.#gathering.events.add({
          ...message.event,
          fields: { worker: worker.index, ...message.event.fields },
        });
        return;
      default:
        this.#relay.serve(worker, message);
        this.#channels.serve(worker, message);
    }
  }

  /** Tells all, and whoever asked, in one order: of two levels asked for at once all end with the same. */
  #changeLogLevel(level: LogLevel): void {
    this.#log.level = level;
    // Workers that are started later begin with it.
    this.#settings = { ...this.#settings, logging: { ...this.#settings.logging, level } };
    for (const worker of this.#workers.values()) worker.send({ type: "log_level", level });
  }

  /** The first time all have to be ready before any says so; a replacement then waits for nobody. */
  #ready(index: number): void {
    this.#readyOnce.add(index);
    if (this.#readyOnce.size < this.#count) return;
    for (const worker of this.#workers.values()) worker.send({ type: "all_ready" });
  }

  async #answer(
    worker: WorkerProcess,
    id: number,
    question: Question,
    parameters: QuestionParameters,
  ): Promise<void> {
    worker.send({ type: "answer", id, answer: await this.#gathering.answer(question, parameters) });
  }
}
