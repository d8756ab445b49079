// One command as it is being run: its arguments, keys, output and services. A connection reuses one object. Hot.

import { KEY_BYTES_MAX } from "../../base/limits.ts";
import { loopWork } from "../../base/loop/loop-work.ts";
import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Slices } from "../../base/loop/slices.ts";
import type { Session } from "../../gate/session.ts";
import { bodyBytes, bodyStart } from "../../record/in-place.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Outbox } from "../wire/outbox.ts";
import type { Output } from "../wire/output.ts";
import { OVERLOADED, Refusal } from "../wire/refusal.ts";
import { refusalCodeOf } from "../wire/refusal-code.ts";
import type { CommandCounts } from "./command-shape.ts";
import type { ConnectionPort } from "./connection-port.ts";
import type { Services } from "./services.ts";
import type { TrackingPort } from "./tracking-port.ts";

export class Call {
  readonly services: Services;
  readonly connection: ConnectionPort;
  readonly session: Session;
  readonly tracking: TrackingPort;
  /** Good until the command has answered. */
  readonly args: Arguments;
  /** Keys of the command, checked. */
  readonly keys: string[] = [];
  /** When the command's batch arrived, engine time. */
  nowMs: number;
  /** The command that runs, or ran last; `undefined`: none, or none that is known. */
  counts: CommandCounts | undefined;
  /** The code of the error that the command was answered with, if it was. */
  refusal: string | undefined;
  readonly #outbox: Outbox;

  constructor(services: Services, connection: ConnectionPort, args: Arguments, outbox: Outbox) {
    this.services = services;
    this.connection = connection;
    this.session = connection.session;
    this.tracking = connection.tracking;
    this.args = args;
    this.nowMs = connection.createdAtMs;
    this.#outbox = outbox;
  }

  /** Another call on the same connection, with `keys` that were checked. */
  within(services: Services, args: Arguments, keys: readonly string[]): Call {
    const call = new Call(services, this.connection, args, this.#outbox);
    call.nowMs = this.nowMs;
    call.keys.push(...keys);
    return call;
  }

  get out(): Output {
    return this.#outbox.output;
  }

  /** The socket did not take all: nothing more is to be answered for now. */
  get isStalled(): boolean {
    return this.#outbox.isStalled;
  }

  /** The answers of so many commands, this one the first, are not sent. */
  answerNone(commands: number): void {
    this.#outbox.mute(commands);
  }

  answerAll(): void {
    this.#outbox.unmute();
  }

  /** What `write` writes is sent even while answers are not. */
  push(write: () => void): void {
    this.#outbox.beginPush();
    write();
    this.#outbox.endPush();
  }

  /** Answers with an error. */
  fail(text: string): void {
    if (this.counts !== undefined) this.counts.failed += 1;
    this.refusal = refusalCodeOf(text);
    this.services.monitoring.failed(text);
    const { traffic, log, laneTraffic } = this.services.options;
    const keyName = this.session.apiKey?.name;
    traffic.refused(this.refusal, keyName);
    this.remember(this.refusal, 1);
    if (log.writes("debug")) {
      const { lane } = laneTraffic;
      const operation = this.counts?.command.name;
      log.debug("refused", { lane, operation, code: this.refusal, apiKey: keyName });
    }
    this.out.error(text);
  }

  /** Puts the command among the last requests: refused for `code`, or one of `oneIn` that were answered. */
  remember(code: string | null, oneIn: number): void {
    const { traffic, clock, laneTraffic } = this.services.options;
    traffic.lastRequests.add({
      lane: laneTraffic.lane,
      method: (this.counts?.command.name ?? "unknown").toUpperCase(),
      key: this.#firstKey(),
      path: null,
      status: null,
      code,
      us: Math.max(0, Math.round((clock.nowMs() - this.nowMs) * 1_000)),
      apiKey: this.session.apiKey?.name ?? null,
      requestId: null,
      oneIn,
    });
  }

  #firstKey(): string | null {
    const { buffer, count } = this.args;
    const { keys, isPubsub } = this.counts?.command ?? {};
    const [first] = keys ?? [];
    if (first === undefined || first >= count || isPubsub === true) return null;
    const start = this.args.start(first);
    return buffer.toString("utf8", start, Math.min(this.args.end(first), start + KEY_BYTES_MAX));
  }

  /** Goes on to write the answer when `later` is there; a Refusal is answered as the error it is. */
  answer<T>(later: MaybePromise<T | Refusal>, write: (value: T) => void): MaybePromise<void> {
    return after(later, (value) => (value instanceof Refusal ? this.fail(value.text) : write(value)));
  }

  /** Answers with the value of the record that begins at `start` in `bytes`. */
  value(bytes: Uint8Array, start = 0): void {
    const size = bodyBytes(bytes, start);
    if (!this.#outbox.hasRoomFor(size)) return this.fail(OVERLOADED);
    this.#outbox.value(bytes, bodyStart(bytes, start), size, this.nowMs);
  }

  /** Whether there is room for `bytes` more of answers. */
  hasRoomFor(bytes: number): boolean {
    return this.#outbox.hasRoomFor(bytes);
  }

  /**
   * Between two parts of what takes long: once `slices` or a batch of answers is over, sends what waits and lets others
   * run. `false`: the client has gone.
   */
  pause(slices: Slices): MaybePromise<boolean> {
    return slices.isOver || this.#outbox.isFull ? this.#pause(slices) : !this.#outbox.isDropped;
  }

  async #pause(slices: Slices): Promise<boolean> {
    await this.#outbox.emptied(this.services.options.clock.nowMs());
    await slices.next();
    if (this.counts !== undefined) loopWork.begin(this.counts.work, Bun.nanoseconds());
    return !this.#outbox.isDropped;
  }

  /** Sends answers once many wait; `false`: the socket takes no more for now. */
  flushIfFull(): boolean {
    return !this.#outbox.isFull || this.#outbox.flush(this.nowMs);
  }
}
