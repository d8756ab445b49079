// Drives one server over some connections, one request in flight on each, and measures what a client sees.
//
// At a fixed rate a latency counts from when the request was due, not from when it could be sent: a server that stalls
// is charged for all that it held up (coordinated omission, G. Tene, "How NOT to Measure Latency").

import { Histogram } from "../../observe/histogram.ts";
import type { FindReply } from "./replies.ts";

export interface LoadOptions {
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly connections: number;
  readonly durationMs: number;
  /** Requests a second in all; none: each connection sends as soon as it is answered. */
  readonly rate: number | undefined;
  /** The bytes of the `i`-th request. */
  readonly request: (i: number) => Uint8Array;
  readonly findReply: FindReply;
}

export interface LoadResult {
  readonly latency: Histogram;
  readonly answers: number;
  /** Answers that were not what was asked for. */
  readonly failed: number;
  readonly seconds: number;
}

/** A connection that ends, or a server that answers nothing, is waited for this long beyond the end, ms. */
const LATE_MS_MAX = 2_000;

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const run = new LoadRun(options);
  await run.connect();
  return run.finish();
}

interface Lane {
  /** When its request was due, ns; 0: it has none in flight. */
  dueNs: number;
  held: Buffer;
  write(bytes: Uint8Array): void;
  end(): void;
}

class LoadRun {
  readonly #options: LoadOptions;
  readonly #latency = new Histogram();
  readonly #lanes: Lane[] = [];
  readonly #idle: Lane[] = [];
  #sent = 0;
  #answers = 0;
  #failed = 0;
  #startNs = 0;
  #endNs = 0;
  #done = Promise.withResolvers<void>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const { hostname, port, isTls, connections } = this.#options;
    for (let i = 0; i < connections; i++) {
      const lane: Lane = { dueNs: 0, held: Buffer.alloc(0), write() {}, end() {} };
      const socket = await Bun.connect({
        hostname,
        port,
        ...(isTls ? { tls: true } : {}),
        socket: {
          data: (_, chunk) => this.#received(lane, chunk),
          close: () => this.#closed(lane),
          error: () => this.#closed(lane),
        },
      });
      lane.write = (bytes) => void socket.write(bytes);
      lane.end = () => socket.terminate();
      this.#lanes.push(lane);
    }
  }

  async finish(): Promise<LoadResult> {
    const { durationMs, rate } = this.#options;
    this.#startNs = Bun.nanoseconds();
    this.#endNs = this.#startNs + durationMs * 1e6;
    this.#idle.push(...this.#lanes);
    const pace = rate === undefined ? undefined : setInterval(() => this.#sendDue(rate), 1);
    if (rate === undefined) for (const lane of this.#idle.splice(0)) this.#send(lane, Bun.nanoseconds());
    const late = setTimeout(() => this.#done.resolve(), durationMs + LATE_MS_MAX);
    await this.#done.promise;
    clearInterval(pace);
    clearTimeout(late);
    // One that ends would take itself out of the list.
    for (const lane of this.#lanes.splice(0)) lane.end();
    const seconds = Math.min(Bun.nanoseconds() - this.#startNs, durationMs * 1e6) / 1e9;
    return { latency: this.#latency, answers: this.#answers, failed: this.#failed, seconds };
  }

  /** Sends what is due by now, as far as connections are free. */
  #sendDue(rate: number): void {
    const nowNs = Bun.nanoseconds();
    if (nowNs >= this.#endNs) return this.#endIfIdle();
    for (;;) {
      const dueNs = this.#startNs + (this.#sent * 1e9) / rate;
      if (dueNs > nowNs) return;
      const lane = this.#idle.pop();
      if (lane === undefined) return;
      this.#send(lane, dueNs);
    }
  }

  #send(lane: Lane, dueNs: number): void {
    lane.dueNs = dueNs;
    lane.write(this.#options.request(this.#sent));
    this.#sent += 1;
  }

  #received(lane: Lane, chunk: Buffer): void {
    lane.held = lane.held.length === 0 ? Buffer.from(chunk) : Buffer.concat([lane.held, chunk]);
    const reply = this.#options.findReply(lane.held, 0);
    if (reply === undefined || lane.dueNs === 0) return;
    const nowNs = Bun.nanoseconds();
    this.#latency.record(nowNs - lane.dueNs);
    this.#answers += 1;
    if (!reply.isGood) this.#failed += 1;
    lane.held = lane.held.subarray(reply.end);
    lane.dueNs = 0;
    if (this.#options.rate === undefined && nowNs < this.#endNs) return this.#send(lane, nowNs);
    this.#idle.push(lane);
    if (this.#options.rate === undefined) this.#endIfIdle();
    else this.#sendDue(this.#options.rate);
  }

  #closed(lane: Lane): void {
    if (lane.dueNs !== 0) this.#failed += 1;
    lane.dueNs = 0;
    const at = this.#lanes.indexOf(lane);
    if (at >= 0) this.#lanes.splice(at, 1);
    const free = this.#idle.indexOf(lane);
    if (free >= 0) this.#idle.splice(free, 1);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#lanes.every(({ dueNs }) => dueNs === 0)) this.#done.resolve();
  }
}
