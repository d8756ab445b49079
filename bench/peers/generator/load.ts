// One load on one server: as many requests as go, or as many a second as asked; latencies from when each was due. Hot.

import { ptr } from "bun:ffi";
import { Histogram } from "../../../src/observe/histogram.ts";
import type { AnswerBytes } from "./protocol.ts";
import type { Requests } from "./requests.ts";
import type { Sockets } from "./sockets.ts";

const READ_BYTES = 1 << 20;
/** An answer's head that came in parts waits here. */
const HEAD_BYTES_MAX = 1 << 14;
const WAIT_MS = 100;

export interface LoadPlan {
  readonly requests: Requests;
  readonly answerBytes: AnswerBytes;
  /** Requests in a batch. */
  readonly depth: number;
  /** Requests a second in all; 0: each connection sends as soon as it is answered. */
  readonly rate: number;
}

export class Load {
  latency = new Histogram();
  /** Of batches of reads alone. */
  reads = new Histogram();
  answers = 0;
  failed = 0;
  /** Ends by itself once so many batches were answered. */
  batchesMax = Number.POSITIVE_INFINITY;
  readonly #plan: LoadPlan;
  readonly #sockets: Sockets;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  readonly #bufferAt = Number(ptr(this.#buffer));
  readonly #heads: Buffer[];
  /** Of each connection: bytes of a head that wait, bytes of an answer to come, answers to come, when it was due, whether with a write. */
  readonly #held: Int32Array;
  readonly #toCome: Float64Array;
  readonly #left: Int32Array;
  readonly #dueNs: Float64Array;
  readonly #hasWrite: Uint8Array;
  readonly #idle: Int32Array;
  #idleCount = 0;
  #sent = 0;
  #answeredBatches = 0;
  #startNs = 0;

  constructor(plan: LoadPlan, sockets: Sockets) {
    this.#plan = plan;
    this.#sockets = sockets;
    const { count } = sockets;
    this.#heads = Array.from({ length: count }, () => Buffer.alloc(HEAD_BYTES_MAX));
    this.#held = new Int32Array(count);
    this.#toCome = new Float64Array(count);
    this.#left = new Int32Array(count);
    this.#dueNs = new Float64Array(count);
    this.#hasWrite = new Uint8Array(count);
    this.#idle = new Int32Array(count);
  }

  /** Says `greeting` on each connection and reads one answer; nothing where there is none to say. */
  greet(greeting: Buffer | undefined): void {
    if (greeting === undefined) return;
    for (let i = 0; i < this.#sockets.count; i++) {
      this.#sockets.send(i, Number(ptr(greeting)), greeting.length);
      this.#sockets.receive(i, this.#bufferAt, READ_BYTES);
    }
  }

  begin(): void {
    const { count } = this.#sockets;
    this.#startNs = Bun.nanoseconds();
    for (let i = 0; i < count; i++) this.#free(i, this.#startNs);
  }

  /** What was measured so far does not count. */
  forget(): void {
    this.latency = new Histogram();
    this.reads = new Histogram();
    this.answers = 0;
    this.failed = 0;
  }

  /** Runs until `endNs` on the monotonic clock. */
  run(endNs: number): void {
    const sockets = this.#sockets;
    const isPaced = this.#plan.rate > 0;
    for (let nowNs = Bun.nanoseconds(); nowNs < endNs; nowNs = Bun.nanoseconds()) {
      if (this.#answeredBatches >= this.batchesMax) return;
      if (isPaced) this.#sendDue(nowNs);
      const ready = sockets.wait(isPaced ? 0 : WAIT_MS);
      for (let i = 0; i < ready; i++) this.#receive(sockets.readable(i));
    }
  }

  #sendDue(nowNs: number): void {
    const { rate, depth } = this.#plan;
    while (this.#idleCount > 0) {
      const dueNs = this.#startNs + (this.#sent * depth * 1e9) / rate;
      if (dueNs > nowNs) return;
      this.#send(this.#idle[--this.#idleCount]!, dueNs);
    }
  }

  #send(connection: number, dueNs: number): void {
    const { requests, depth } = this.#plan;
    const batch = this.#sent++ % requests.count;
    this.#dueNs[connection] = dueNs;
    this.#hasWrite[connection] = requests.hasWrite[batch]!;
    this.#left[connection] = depth;
    this.#sockets.send(connection, requests.addresses[batch]!, requests.lengths[batch]!);
  }

  /** The connection has nothing in flight: it sends, or waits for when something is due. */
  #free(connection: number, nowNs: number): void {
    if (this.#sent >= this.batchesMax) return;
    if (this.#plan.rate > 0) this.#idle[this.#idleCount++] = connection;
    else this.#send(connection, nowNs);
  }

  #receive(connection: number): void {
    const buffer = this.#buffer;
    const held = this.#held[connection]!;
    if (held > 0) buffer.set(this.#heads[connection]!.subarray(0, held));
    const end = held + this.#sockets.receive(connection, this.#bufferAt + held, READ_BYTES - held);
    let at = 0;
    while (at < end) {
      const toCome = this.#toCome[connection]!;
      if (toCome > 0) {
        const here = Math.min(toCome, end - at);
        this.#toCome[connection] = toCome - here;
        at += here;
        if (here === toCome) this.#answered(connection);
        continue;
      }
      const bytes = this.#plan.answerBytes(buffer, at, end);
      if (bytes === 0) break;
      if (bytes < 0) this.failed++;
      this.#toCome[connection] = Math.abs(bytes);
    }
    this.#held[connection] = end - at;
    if (at < end) this.#heads[connection]!.set(buffer.subarray(at, end));
  }

  #answered(connection: number): void {
    this.answers++;
    if (--this.#left[connection]! > 0) return;
    const nowNs = Bun.nanoseconds();
    const tookNs = nowNs - this.#dueNs[connection]!;
    this.latency.record(tookNs, this.#plan.depth);
    if (this.#hasWrite[connection] === 0) this.reads.record(tookNs, this.#plan.depth);
    this.#answeredBatches++;
    this.#free(connection, nowNs);
  }
}
