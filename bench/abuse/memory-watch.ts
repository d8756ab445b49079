// The largest resident memory of a process while it is watched (Linux).

import { existsSync, readFileSync } from "node:fs";

const LOOK_MS = 20;

export class MemoryWatch {
  #maxBytes = 0;
  readonly #timer: Timer;
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Since the question before. */
  takeMaxBytes(): number {
    this.#look();
    const max = this.#maxBytes;
    this.#maxBytes = 0;
    return max;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const path = `/proc/${this.#pid}/status`;
    if (!existsSync(path)) return;
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(path, "utf8"))?.[1] ?? 0);
    this.#maxBytes = Math.max(this.#maxBytes, kib * 1_024);
  }
}
