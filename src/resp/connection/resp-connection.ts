// One RESP connection: runs its commands in order, one batch at a time, and answers them. Hot.

import { reportBug } from "../../base/bug.ts";
import type { MaybePromise } from "../../base/maybe-promise.ts";
import { LANE_PUSH_BYTES_MAX } from "../../base/limits.ts";
import type { CutReason } from "../../gate/connections.ts";
import { Session } from "../../gate/session.ts";
import { Call } from "../commands/call.ts";
import type { ConnectionPort } from "../commands/connection-port.ts";
import { answerGet, answerGets } from "../fast/gets.ts";
import { mgetPlain } from "../fast/plain-mget.ts";
import { setPlain } from "../fast/plain-set.ts";
import type { RespLane } from "../lane.ts";
import { packName } from "../wire/arguments.ts";
import { Outbox, type Sink } from "../wire/outbox.ts";
import { BROKEN, MORE, OVERSIZED, Parser } from "../wire/parser.ts";
import { checkCommand } from "./check-command.ts";
import { Tracking } from "./tracking.ts";

const GET = packName("get");
const SET = packName("set");
const MGET = packName("mget");
/** Bytes read ahead of a command that is not done, from which on the socket is not read. */
const HELD_BYTES_MAX = 1_048_576;

/** The part of Bun's socket that a connection needs. */
export interface ConnectionSocket extends Sink {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  pause(): void;
  resume(): void;
  end(): void;
  terminate(): void;
}

export class RespConnection implements ConnectionPort {
  readonly id: number;
  readonly session: Session;
  readonly tracking: Tracking;
  readonly createdAtMs: number;
  name = "";
  libraryName = "";
  libraryVersion = "";
  readonly #lane: RespLane;
  readonly #socket: ConnectionSocket;
  readonly #parser: Parser;
  readonly #outbox: Outbox;
  readonly #call: Call;
  #isRunning = false;
  #isBusy = false;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;

  constructor(lane: RespLane, socket: ConnectionSocket) {
    this.id = lane.nextId();
    this.#lane = lane;
    this.#socket = socket;
    this.session = new Session(lane.options.keyring, lane.options.connections);
    this.createdAtMs = lane.options.clock.nowMs();
    this.#parser = new Parser(lane.options.valueBytesMax);
    this.#outbox = new Outbox(socket, lane.outputs);
    this.tracking = new Tracking(lane.options.tracker, this.#outbox, () => lane.tellLater(this));
    this.#call = new Call(lane, this, this.#parser.args, this.#outbox);
  }

  get protocol(): 2 | 3 {
    return this.#outbox.protocol;
  }

  get remoteAddress(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`;
  }

  get localAddress(): string {
    return `${this.#socket.localAddress}:${this.#socket.localPort}`;
  }

  get activeAtMs(): number {
    return this.#call.nowMs;
  }

  get commandName(): string | undefined {
    return this.#call.counts?.command.name;
  }

  get heldBytes(): number {
    return this.#parser.heldBytes;
  }

  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  /** Since when it has taken nothing of what waits for it; nothing does: `undefined`. */
  get stalledSinceMs(): number | undefined {
    return this.#outbox.isStalled ? this.#outbox.stalledSinceMs : undefined;
  }

  /** A command of it waits for L2. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  switchTo(protocol: 2 | 3): void {
    this.#outbox.switchTo(protocol);
  }

  /** Bytes came in. */
  receive(chunk: Buffer): void {
    this.#parser.feed(chunk);
    if (this.#isBusy || this.#outbox.isStalled) {
      if (!this.#isPaused && this.#parser.heldBytes > HELD_BYTES_MAX) {
        this.#isPaused = true;
        this.#socket.pause();
      }
      return;
    }
    this.#run();
  }

  /** The socket takes more. */
  drain(): void {
    if (this.#outbox.isStalled && !this.#flush()) return;
    this.#goOn();
  }

  end(): void {
    this.#isEnding = true;
    if (!this.#isRunning) this.#flush();
  }

  /** The socket is closed. */
  closed(): void {
    this.#isClosed = true;
    this.tracking.stop();
    this.session.end();
    this.#outbox.drop();
  }

  /** Sends the invalidations that came up; not in the middle of a batch, which does it at its end. */
  tell(): void {
    if (this.#isRunning || this.#isClosed) return;
    if (!this.#outbox.isStalled) this.tracking.pushedBytes = 0;
    this.tracking.write();
    if (this.#outbox.isStalled) {
      if (this.tracking.pushedBytes > LANE_PUSH_BYTES_MAX) this.cut("pushes");
    } else {
      this.#flush();
    }
  }

  cut(reason: CutReason): void {
    this.#lane.options.connections.cut(reason);
    this.#socket.terminate();
  }

  #run(): void {
    if (this.#isRunning || this.#isEnding || this.#isClosed) return;
    const { clock, laneTraffic } = this.#lane.options;
    const startNs = clock.nowNs();
    this.#call.nowMs = startNs / 1e6;
    if (this.session.isOutdated) this.session.renew();
    let count = 0;
    let isCut = true;
    while (isCut) {
      this.#isRunning = true;
      try {
        count += this.#batch();
      } catch (thrown) {
        this.#bug(thrown);
      }
      this.#isRunning = false;
      // What the socket did not take a moment ago it may take now: then it never calls for more, and we go on.
      isCut = this.#outbox.isStalled && !this.#isEnding && !this.#isBusy;
      if (!this.#flush()) break;
    }
    if (count > 0) laneTraffic.done(count, clock.nowNs() - startNs);
  }

  /** Runs commands until there are no more, or one is not done at once, or the socket is full. Returns how many. */
  #batch(): number {
    const parser = this.#parser;
    let count = 0;
    let aheadTo = 0;
    while (!this.#isEnding && !parser.isDrained) {
      if (parser.position >= aheadTo) {
        count += answerGets(this.#lane, this.#call, parser);
        if (this.#outbox.isStalled) break;
        // What of the row L1 has not is not read ahead once more, nor is what comes behind it.
        aheadTo = this.#lane.row.to;
      }
      parser.guest = this.session.apiKey === undefined;
      const status = parser.next();
      if (status === MORE) break;
      if (status === BROKEN) {
        this.#lane.options.connections.cut("protocol");
        this.#outbox.output.error(`ERR Protocol error: ${parser.complaint}`);
        this.#isEnding = true;
        break;
      }
      if (status === OVERSIZED) {
        this.#call.counts = undefined;
        this.#call.fail(`ERR the value is larger than ${this.#lane.options.valueBytesMax} bytes`);
        continue;
      }
      if (parser.args.count === 0) continue;
      count += 1;
      const later = this.#execute();
      if (later !== undefined) {
        this.#wait(later);
        break;
      }
      if (this.#outbox.isFull && !this.#flush()) break;
    }
    return count;
  }

  #execute(): MaybePromise<void> {
    const call = this.#call;
    const lane = this.#lane;
    const { args } = call;
    const packed = args.packedName();
    const { apiKey } = this.session;
    if (packed === GET && args.count === 2 && !this.tracking.isOn && apiKey !== undefined && apiKey.read) {
      call.counts = lane.get;
      lane.get.calls += 1;
      return answerGet(call, apiKey.prefix);
    }
    if (packed === MGET && args.count > 1 && mgetPlain(lane, call)) return undefined;
    if (packed === SET && args.count === 3 && setPlain(lane, call)) return call.out.ok();
    const counted = checkCommand(lane, call, packed);
    if (counted === undefined) return undefined;
    counted.calls += 1;
    if (!this.tracking.isOn) return counted.command.run(call);
    this.tracking.begin();
    try {
      return counted.command.run(call);
    } finally {
      this.tracking.end();
    }
  }

  /** Lets `later` finish, and goes on from there. */
  #wait(later: Promise<void>): void {
    this.#isBusy = true;
    const goOn = () => {
      this.#isBusy = false;
      if (this.#isClosed) return;
      this.#flush();
      this.#goOn();
    };
    void later.catch((thrown: unknown) => this.#bug(thrown)).then(goOn);
  }

  #goOn(): void {
    if (this.#isClosed) return;
    if (!this.#isBusy && !this.#outbox.isStalled) this.#run();
    if (this.#isPaused && !this.#isBusy && !this.#outbox.isStalled && !this.#isClosed) {
      this.#isPaused = false;
      this.#socket.resume();
    }
  }

  /** Sends what waits; `true` once nothing does. */
  #flush(): boolean {
    if (this.#isClosed) return false;
    this.tracking.write();
    const all = this.#outbox.flush(this.#call.nowMs);
    if (all && this.#isEnding && !this.#isRunning && !this.#isBusy) this.#socket.end();
    return all;
  }

  #bug(thrown: unknown): void {
    const id = reportBug(this.#lane.options.log, thrown, { lane: "resp", command: this.commandName });
    this.#outbox.output.error(`ERR a fault of the server; its log has this id: ${id}`);
    this.#isEnding = true;
  }
}
