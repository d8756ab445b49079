// One worker process as its supervisor has it: started, told things, asked for signs of life, killed where it gives none.

import { WORKER_PINGS_MAX, WORKER_START_PINGS_MAX } from "../base/fleet-limits.ts";
import { SettingError } from "../base/settings/settings.ts";
import { WORKER_ARGUMENT, type ToSupervisor, type ToWorker, type WorkerAssignment } from "./messages.ts";

/** This program again, as a worker: from its source, from a bundle, or as the single binary that it is compiled into. */
const COMMAND = [process.execPath, ...(Bun.main.startsWith("/$bunfs/") ? [] : [Bun.main]), WORKER_ARGUMENT];

export interface WorkerEvents {
  received(worker: WorkerProcess, message: ToSupervisor): void;
  /** `how` is its exit code, the signal that ended it, or why it could not start. */
  exited(worker: WorkerProcess, how: string): void;
}

export class WorkerProcess {
  readonly index: number;
  /** Rejects where it ends before it listens. */
  readonly listening: Promise<string>;
  readonly exited: Promise<number>;
  readonly #child: Bun.Subprocess;
  readonly #listening = Promise.withResolvers<string>();
  #unanswered = 0;
  /** Until it listens a process may have to wait for its turn: where it is killed then, the instance does not start. */
  #pingsMax = WORKER_START_PINGS_MAX;
  #failure: string | undefined;

  /** `descriptor`: of the memory that the workers have in common, if they have one. */
  constructor(assignment: WorkerAssignment, events: WorkerEvents, descriptor: number | undefined) {
    this.index = assignment.index;
    this.listening = this.#listening.promise;
    this.listening.catch(() => {});
    this.#child = Bun.spawn(COMMAND, {
      stdio: ["ignore", "inherit", "inherit", ...(descriptor === undefined ? [] : [descriptor])],
      serialization: "advanced",
      ipc: (message: ToSupervisor) => {
        this.#unanswered = 0;
        this.#settle(message);
        events.received(this, message);
      },
      onExit: (_, code, signal) => {
        const how = this.#failure ?? String(signal ?? code);
        this.#listening.reject(new Error(`worker ${this.index} ended (${how}) before it listened`));
        events.exited(this, how);
      },
    });
    this.exited = this.#child.exited;
    this.send({ type: "start", assignment });
  }

  get pid(): number {
    return this.#child.pid;
  }

  send(message: ToWorker): void {
    try {
      this.#child.send(message);
    } catch {
      // The process has ended; `exited` is called for it.
    }
  }

  /**
   * Asks for a sign of life, any message. `false`: the last questions, as many as may, brought none, and the process
   * was killed. Questions are counted and not time, which also passes while the supervisor itself is stopped.
   */
  ping(): boolean {
    if (this.#unanswered >= this.#pingsMax) {
      this.kill();
      return false;
    }
    this.#unanswered += 1;
    this.send({ type: "ping" });
    return true;
  }

  /** A process that is stopped, or deaf to other signals, ends by this. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #settle(message: ToSupervisor): void {
    if (message.type === "listening") {
      this.#pingsMax = WORKER_PINGS_MAX;
      this.#listening.resolve(message.url);
    }
    if (message.type !== "failed") return;
    const { isSetting, text } = message;
    this.#failure = text;
    this.#listening.reject(isSetting ? new SettingError(text) : new Error(text));
    this.kill();
  }
}
