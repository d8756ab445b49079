// Where log lines go: a file descriptor, written without ever holding up or ending the process. Cold.
//
// A reader that has gone, a full disk or a reader that is slow costs lines, never more: lines wait in a bounded queue
// while one write is under way, and those that find no room or cannot be written are counted.

import { write } from "node:fs";
import { LOG_QUEUE_CHARS_MAX } from "./limits.ts";

/** Writes bytes somewhere; `done` is told how many were taken, or what went wrong. */
export type WriteBytes = (bytes: Buffer, done: (error: Error | null, taken: number) => void) => void;

/** How long to wait before a descriptor that takes nothing at present is tried again, ms. */
const RETRY_MS = 20;

export class LogOutput {
  readonly #write: WriteBytes;
  #waiting: string[] = [];
  #waitingChars = 0;
  #dropped = 0;
  #isWriting = false;
  #idle: (() => void)[] = [];

  constructor(writeBytes: WriteBytes) {
    this.#write = writeBytes;
  }

  /** Lines that were not written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one whole line, line feed included. */
  readonly write = (line: string): void => {
    if (this.#waitingChars + line.length > LOG_QUEUE_CHARS_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (!this.#isWriting) this.#next();
  };

  /** Resolves once nothing waits any more, after `msMax` at the latest. */
  async flush(msMax: number): Promise<void> {
    if (!this.#isWriting) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, msMax);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #next(): void {
    const lines = this.#waiting;
    this.#isWriting = lines.length > 0;
    if (!this.#isWriting) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#waiting = [];
    this.#waitingChars = 0;
    this.#send(Buffer.from(lines.join("")), lines.length);
  }

  #send(bytes: Buffer, lines: number): void {
    this.#write(bytes, (error, taken) => {
      if (error !== null && !isBusy(error)) {
        this.#dropped += lines;
        return this.#next();
      }
      const left = error === null ? bytes.subarray(taken) : bytes;
      if (left.length === 0) return this.#next();
      if (error === null) return this.#send(left, lines);
      // A descriptor that another process has made non-blocking, and whose reader is slow.
      setTimeout(() => this.#send(left, lines), RETRY_MS);
    });
  }
}

/** Writes to a descriptor of this process. A write that blocks holds up a thread of the pool, not the event loop. */
export function writeTo(descriptor: number): WriteBytes {
  return (bytes, done) => write(descriptor, bytes, 0, bytes.length, null, done);
}

function isBusy(error: Error): boolean {
  return "code" in error && (error.code === "EAGAIN" || error.code === "EINTR");
}
