// Runs an instance as several worker processes on one port: starts them, replaces those that crash, drains them.

import { loadKeys } from "../auth/load-keys.ts";
import { systemClock } from "../base/clock.ts";
import { DRAIN_MS_MAX, WORKER_RESTART_MS_MAX, WORKER_RESTART_MS_MIN } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { workersOf, type Settings } from "../base/settings/settings.ts";
import { toldLog } from "../observe/events.ts";
import type { RunningInstance } from "../instance/instance.ts";
import { Gathering, type Question } from "./gathering.ts";
import { Hub } from "./hub.ts";
import { SiblingRelay } from "./sibling-relay.ts";
import { WORKER_ARGUMENT, type ToSupervisor, type ToWorker } from "./messages.ts";

/** The share of L1's budget that the hub has where there is no Redis; the workers share the rest. */
const HUB_SHARE = 0.5;
/** The hub holds this many of the largest values at least. */
const HUB_VALUES_MIN = 4;
/** This program again, as a worker: from its source, from a bundle, or as the single binary that it is compiled into. */
const WORKER = [process.execPath, ...(Bun.main.startsWith("/$bunfs/") ? [] : [Bun.main]), WORKER_ARGUMENT];

/** Resolves once all workers listen. */
export async function startWorkers(settings: Settings, log: Log): Promise<RunningInstance> {
  const loaded = loadKeys(settings);
  const apiKeys = loaded.generated ?? settings.apiKeys;
  const supervisor = new Supervisor({ ...settings, apiKeys }, log);
  try {
    await supervisor.start();
  } catch (thrown) {
    await supervisor.stop();
    throw thrown;
  }
  return {
    url: supervisor.url,
    respPort: settings.respPort,
    generatedKey: loaded.generated,
    reloadKeys: () => supervisor.reloadKeys(),
    stop: () => supervisor.stop(),
  };
}

interface Worker {
  readonly index: number;
  readonly process: Bun.Subprocess;
  readonly listening: PromiseWithResolvers<{ port: number; url: string }>;
}

class Supervisor {
  url = "";
  readonly #log: Log;
  readonly #hub: Hub | SiblingRelay;
  readonly #hasHub: boolean;
  readonly #count: number;
  readonly #workers = new Map<number, Worker>();
  readonly #gathering: Gathering<Worker>;
  #settings: Settings;
  #restartMs = WORKER_RESTART_MS_MIN;
  #isStopping = false;

  constructor(settings: Settings, log: Log) {
    this.#gathering = new Gathering<Worker>({
      all: () => this.#workers.values(),
      ask: (worker, id) => send(worker, { type: "report", id }),
    });
    this.#log = toldLog(log, systemClock.wallMs, (event) => this.#gathering.events.add(event));
    this.#count = workersOf(settings);
    const hasHub = settings.redisUrls.length === 0;
    const hubBytes = Math.floor(settings.l1BytesMax * HUB_SHARE);
    this.#hasHub = hasHub;
    this.#hub = hasHub ? new Hub(hubBytes) : new SiblingRelay();
    const l1BytesMax = Math.floor((settings.l1BytesMax - (hasHub ? hubBytes : 0)) / this.#count);
    const valueBytesMax = hasHub
      ? Math.min(settings.valueBytesMax, Math.floor(hubBytes / HUB_VALUES_MIN))
      : settings.valueBytesMax;
    this.#settings = { ...settings, l1BytesMax, valueBytesMax };
  }

  async start(): Promise<void> {
    const { port, url } = await this.#spawn(0).listening.promise;
    this.url = url;
    this.#settings = { ...this.#settings, port };
    const others = Array.from({ length: this.#count - 1 }, (_, i) => this.#spawn(i + 1));
    await Promise.all(others.map(({ listening }) => listening.promise));
    this.#gathering.start();
  }

  /** Each worker reads the keys itself, and logs what is wrong with them. */
  reloadKeys(): void {
    for (const worker of this.#workers.values()) send(worker, { type: "reload" });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#gathering.stop();
    const workers = [...this.#workers.values()];
    for (const worker of workers) send(worker, { type: "stop" });
    const timer = setTimeout(() => {
      for (const { process } of workers) process.kill("SIGKILL");
    }, 2 * DRAIN_MS_MAX);
    await Promise.all(workers.map(({ process }) => process.exited));
    clearTimeout(timer);
  }

  #spawn(index: number): Worker {
    const listening = Promise.withResolvers<{ port: number; url: string }>();
    listening.promise.catch(() => {});
    const child = Bun.spawn(WORKER, {
      stdio: ["ignore", "inherit", "inherit"],
      serialization: "advanced",
      ipc: (message: ToSupervisor) => this.#receive(worker, message),
      onExit: (_, code, signal) => this.#exited(worker, signal === null ? String(code) : String(signal)),
    });
    const worker: Worker = { index, process: child, listening };
    this.#workers.set(index, worker);
    const first = index === 0 ? {} : { unix: undefined };
    const settings = { ...this.#settings, ...first };
    send(worker, { type: "start", assignment: { index, settings, hasHub: this.#hasHub } });
    return worker;
  }

  #exited(worker: Worker, how: string): void {
    this.#hub.leave(portOf(worker));
    this.#gathering.ended(worker);
    worker.listening.reject(new Error(`worker ${worker.index} ended (${how}) before it listened`));
    if (this.#isStopping || this.#workers.get(worker.index) !== worker) return;
    this.#workers.delete(worker.index);
    if (this.url === "") return;
    this.#log.error("worker_crashed", { worker: worker.index, how, restartMs: this.#restartMs });
    setTimeout(() => {
      if (this.#isStopping) return;
      void this.#spawn(worker.index).listening.promise.then(
        () => (this.#restartMs = WORKER_RESTART_MS_MIN),
        () => {},
      );
    }, this.#restartMs);
    this.#restartMs = Math.min(2 * this.#restartMs, WORKER_RESTART_MS_MAX);
  }

  #receive(worker: Worker, message: ToSupervisor): void {
    switch (message.type) {
      case "listening":
        worker.listening.resolve(message);
        return;
      case "failed": {
        const { code } = message;
        worker.listening.reject(
          Object.assign(new Error(message.message), code === undefined ? {} : { code }),
        );
        worker.process.kill();
        return;
      }
      case "ask":
        void this.#answer(worker, message.id, message.question);
        return;
      case "report":
        this.#gathering.took(worker, message.id, message.snapshot);
        return;
      case "spent":
        for (const other of this.#workers.values()) if (other !== worker) send(other, message);
        return;
      case "event":
        this.#gathering.events.add({
          ...message.event,
          fields: { worker: worker.index, ...message.event.fields },
        });
        return;
      default:
        this.#hub.serve(portOf(worker), message);
    }
  }

  async #answer(worker: Worker, id: number, question: Question): Promise<void> {
    send(worker, { type: "answer", id, answer: await this.#gathering.answer(question) });
  }
}

const ports = new WeakMap<Worker, { send(message: ToWorker): void }>();

/** A worker's side of the hub: the same object for as long as the worker lives. */
function portOf(worker: Worker): { send(message: ToWorker): void } {
  let port = ports.get(worker);
  if (port === undefined) ports.set(worker, (port = { send: (message) => send(worker, message) }));
  return port;
}

function send(worker: Worker, message: ToWorker): void {
  try {
    worker.process.send(message);
  } catch {
    // The process has ended; `#exited` is called for it.
  }
}
