// Sends a connection's answers: one write a batch, what the socket does not take waits for it to drain. Hot.

import { RESP_BATCH_BYTES_MAX, RESP_DIRECT_BYTES_MIN } from "../../base/limits.ts";
import type { Output, OutputPool } from "./output.ts";

/** The part of Bun's socket that it needs. */
export interface Sink {
  write(data: Uint8Array, byteOffset: number, byteLength: number): number;
}

export class Outbox {
  /** The socket did not take all; it will call for more. */
  isStalled = false;
  /** Since when it has taken nothing. */
  stalledSinceMs = 0;
  protocol: 2 | 3 = 2;
  readonly #sink: Sink;
  readonly #pool: OutputPool;
  readonly #reserve: (bytes: number) => boolean;
  #output: Output | undefined;
  #isDropped = false;
  /** Commands whose answers are not sent, and where in the output these begin. */
  #muted = 0;
  #mutedFrom = 0;
  #isPushing = false;
  #onRoom: () => void = () => {};

  /** `reserve`: whether so many bytes in all may wait for the client. */
  constructor(sink: Sink, pool: OutputPool, reserve: (bytes: number) => boolean) {
    this.#sink = sink;
    this.#pool = pool;
    this.#reserve = reserve;
  }

  /**
   * Whether there is room for `bytes` more, should the client not take them; of few, behind little that waits, it is seen
   * afterwards.
   */
  hasRoomFor(bytes: number): boolean {
    return (bytes < RESP_DIRECT_BYTES_MIN && !this.isFull) || this.#reserve(this.bufferBytes + bytes);
  }

  /** Where answers are written to. */
  get output(): Output {
    const output = this.#output;
    if (output !== undefined) return output;
    this.#output = this.#pool.take(this.protocol);
    return this.#output;
  }

  /** Bytes written and not yet taken by the socket. */
  get waitingBytes(): number {
    return this.#output === undefined ? 0 : this.#output.length - this.#output.sent;
  }

  /** Bytes of memory that what waits takes up. */
  get bufferBytes(): number {
    return this.#output === undefined ? 0 : this.#output.buffer.length;
  }

  /** So much waits that it is to be sent before more is answered. */
  get isFull(): boolean {
    return this.waitingBytes >= RESP_BATCH_BYTES_MAX;
  }

  /** The socket is closed. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** Sends what waits, and resolves once nothing does or the socket is closed. */
  async emptied(nowMs: number): Promise<void> {
    if (this.flush(nowMs) || this.#isDropped) return;
    await new Promise<void>((resolve) => (this.#onRoom = resolve));
  }

  /** The answers of so many commands from now on are not sent. */
  mute(commands: number): void {
    if (this.#muted === 0) this.#mutedFrom = this.output.length;
    this.#muted = commands;
  }

  unmute(): void {
    this.#dropMuted();
    this.#muted = 0;
  }

  /** Answers are not sent for now. Hot. */
  get isMuted(): boolean {
    return this.#muted > 0;
  }

  /** A command was answered while it was muted. */
  answered(): void {
    this.#dropMuted();
    this.#muted = Math.max(0, this.#muted - 1);
  }

  /** What is written until `endPush` is sent even while answers are not. */
  beginPush(): void {
    this.#dropMuted();
    this.#isPushing = true;
  }

  endPush(): void {
    this.#isPushing = false;
    if (this.#muted > 0) this.#mutedFrom = this.output.length;
  }

  #dropMuted(): void {
    if (this.#muted > 0 && !this.#isPushing && this.#output !== undefined) {
      this.#output.length = Math.min(this.#output.length, this.#mutedFrom);
    }
  }

  switchTo(protocol: 2 | 3): void {
    this.protocol = protocol;
    if (this.#output !== undefined) this.#output.protocol = protocol;
  }

  /** Sends what waits; `true` once nothing does. `false` for a socket that is closed. */
  flush(nowMs: number): boolean {
    if (this.#isDropped) return false;
    const output = this.#output;
    if (output === undefined) return true;
    if (this.#muted > 0) this.#dropMuted();
    const waiting = output.length - output.sent;
    if (waiting > 0) {
      const taken = this.#sink.write(output.buffer, output.sent, waiting);
      if (taken > 0) {
        output.sent += taken;
        this.#pool.sentBytes += taken;
      }
      if (taken < waiting) {
        if (!this.isStalled || taken > 0) this.stalledSinceMs = nowMs;
        this.isStalled = true;
        return false;
      }
    }
    this.isStalled = false;
    this.#output = undefined;
    this.#mutedFrom = 0;
    this.#pool.give(output);
    this.#onRoom();
    return true;
  }

  /** Writes the bulk string of `size` bytes from `start` in `source`; a large one goes to the socket uncopied. */
  value(source: Uint8Array, start: number, size: number, nowMs: number): void {
    if (this.#muted > 0 && !this.#isPushing) return undefined;
    if (size < RESP_DIRECT_BYTES_MIN || this.isStalled) return this.output.bulk(source, start, size);
    this.output.bulkHead(size);
    const taken = this.flush(nowMs) ? Math.max(0, this.#sink.write(source, start, size)) : 0;
    this.#pool.sentBytes += taken;
    if (taken < size) this.output.bytes(source, start + taken, size - taken);
    this.output.raw("\r\n");
  }

  /** Lets go of everything: the socket is closed. */
  drop(): void {
    this.#isDropped = true;
    this.#output?.discard();
    this.#output = undefined;
    this.isStalled = false;
    this.#onRoom();
  }
}
