// What one listener notes of its commands for those who watch it: times, slow ones, errors, bytes. Warm.

import { ERROR_CODES_MAX } from "../../../base/limits.ts";
import type { Arguments } from "../../wire/arguments.ts";
import type { CommandCounts } from "../command-shape.ts";
import { CommandTimes } from "./command-times.ts";
import type { Figures } from "./figures.ts";
import { LatencyEvents } from "./latency-events.ts";
import { SlowLog } from "./slow-log.ts";

/** Where there are too many codes to count each. */
const OTHER_ERRORS = "OTHER";

/** A command that has been answered. */
interface Answered {
  readonly counts: CommandCounts | undefined;
  readonly args: Arguments;
  readonly connection: { readonly remoteAddress: string; readonly name: string };
}

/** Who knows how many bytes were sent. */
interface Sent {
  readonly sentBytes: number;
}

export class Monitoring {
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyEvents();
  /** Whether commands are measured: CONFIG SET latency-tracking. */
  isMeasuring = true;
  /** Ns of the event loop that measured commands took. */
  measuredNs = 0;
  connectionsReceived = 0;
  inputBytes = 0;
  /** Error answers by their codes. */
  readonly errors = new Map<string, number>();
  /** The counters as they were at the last CONFIG RESETSTAT. */
  base: Figures | undefined;
  readonly #sent: Sent;
  readonly #wallMs: () => number;
  #opsPerSecond = 0;
  #sampledCalls = 0;
  #sampledAtMs = 0;

  constructor(sent: Sent, wallMs: () => number) {
    this.#sent = sent;
    this.#wallMs = wallMs;
  }

  get outputBytes(): number {
    return this.#sent.sentBytes;
  }

  /** Commands a second between the last two calls of `sample`. */
  get opsPerSecond(): number {
    return this.#opsPerSecond;
  }

  /** Takes up how many commands were run in all; between two calls their rate is known. */
  sample(calls: number, nowMs: number): void {
    const seconds = (nowMs - this.#sampledAtMs) / 1_000;
    if (seconds > 0) this.#opsPerSecond = Math.max(0, Math.round((calls - this.#sampledCalls) / seconds));
    this.#sampledCalls = calls;
    this.#sampledAtMs = nowMs;
  }

  /** An error was answered; `text` begins with its code. */
  failed(text: string): void {
    const end = text.indexOf(" ");
    const given = end < 0 ? text : text.slice(0, end);
    const code = this.errors.has(given) || this.errors.size < ERROR_CODES_MAX ? given : OTHER_ERRORS;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** A command that took `ns` with all waiting has been answered; its arguments are still there. */
  done({ counts, args, connection }: Answered, ns: number): void {
    if (counts === undefined) return;
    if (this.isMeasuring) {
      counts.times ??= new CommandTimes();
      counts.times.record(ns);
    }
    const us = ns / 1_000;
    if (this.slowLog.wants(us)) {
      this.slowLog.add(counts.command.name, args, {
        atWallMs: this.#wallMs(),
        us: Math.round(us),
        address: connection.remoteAddress,
        clientName: connection.name,
      });
    }
    if (this.latency.thresholdMs > 0) this.latency.note("command", us / 1_000, this.#wallMs());
  }
}
