// One WebSocket connection: carries out its messages in slices, sends the answers, tells it of what changed. Hot.

import type { ServerWebSocket } from "bun";
import { reportBug } from "../base/bug.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import { WEBSOCKET_LATE_MAX, WEBSOCKET_SEND_BYTES } from "../base/limits.ts";
import type { CutReason } from "../gate/connections.ts";
import type { Session } from "../gate/session.ts";
import { PUT } from "./frames.ts";
import { Inbox } from "./inbox.ts";
import { Invalidations } from "./invalidations.ts";
import type { LaneMember, WebsocketLane } from "./lane.ts";
import { Operations, type Caller } from "./operations.ts";
import { Outbox } from "./outbox.ts";
import { PartialMessage } from "./partial-message.ts";

/** Requests from one look at the clock to the next. */
const REQUESTS_A_LOOK = 16;

const CARRY_OUT = loopWork.kind("websocket");

export class WebsocketConnection implements Caller, LaneMember {
  readonly session: Session;
  readonly peer: number;
  nowMs = 0;
  beganMs = 0;
  readonly #lane: WebsocketLane;
  readonly #operations: Operations;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #partial: PartialMessage;
  readonly #invalidations = new Invalidations();
  #socket: ServerWebSocket<WebsocketConnection> | undefined;
  /** Requests that wait for the store. */
  #late = 0;

  /** `peer`: its remote end, as `peerOf` has it. */
  constructor(lane: WebsocketLane, session: Session, peer: number) {
    const { inFlight } = lane.options;
    this.#lane = lane;
    this.#operations = new Operations(lane);
    this.#inbox = new Inbox(inFlight);
    this.#outbox = new Outbox(inFlight, (reason) => this.#cut(reason));
    this.#partial = new PartialMessage(inFlight, () => this.#close("overloaded"));
    this.session = session;
    this.peer = peer;
  }

  opened(socket: ServerWebSocket<WebsocketConnection>): void {
    this.#socket = socket;
    this.#outbox.open(socket);
    this.#lane.enter(this);
  }

  closed(): void {
    this.#socket = undefined;
    this.#inbox.clear();
    this.#outbox.close();
    this.#partial.close();
    this.#lane.leave(this);
    this.#lane.options.tracker.forget(this);
    this.session.end();
    this.#lane.options.connections.leave();
  }

  end(): void {
    this.#socket?.close(1001, "going away");
  }

  fault(thrown: unknown): void {
    reportBug(this.#lane.options.log, thrown, { lane: "websocket" });
    this.#cut("fault");
  }

  /** A ping or pong of `bytes` came in. */
  pinged(bytes: number): void {
    this.#partial.completed(bytes);
  }

  lookAtReceived(bytes: number): void {
    this.#partial.look(this.owner, bytes);
  }

  checkStalled(nowMs: number): void {
    this.#outbox.checkStalled(nowMs);
  }

  /** One message came in: its requests are carried out now, as far as time and the client's own pace allow. */
  receive(message: Buffer): void {
    this.#partial.completed(message.length);
    if (this.#inbox.isEmpty && !this.#isHeld && !this.#lane.turns.isOver) {
      const at = this.#carryOut(message, 0);
      if (at === message.length) return;
      this.#inbox.at = at;
    }
    this.#keep(message);
  }

  goOn(): void {
    const inbox = this.#inbox;
    try {
      while (!this.#isHeld && !this.#lane.turns.isOver && inbox.first !== undefined) {
        const message = inbox.first;
        inbox.at = this.#carryOut(message, inbox.at);
        // A connection that was closed meanwhile holds nothing any more.
        if (inbox.first !== message) break;
        if (inbox.at === message.length) inbox.shift(this.owner);
      }
      if (inbox.isEmpty) this.#socket?.resume();
      else if (!this.#isHeld) this.#lane.turns.add(this);
    } catch (thrown) {
      this.fault(thrown);
    }
  }

  drained(): void {
    this.#outbox.drained(this.owner, this.#lane.options.clock.nowMs());
    if (this.#outbox.isSlow) return;
    this.push();
    this.#wake();
  }

  drop(key: string): void {
    this.#invalidations.add(key);
    this.#lane.pushLater(this);
  }

  dropAll(): void {
    this.#invalidations.addAll();
    this.#lane.pushLater(this);
  }

  /** Sends the invalidations that came up; those for a slow client wait until it has taken what it was sent. */
  push(): void {
    if (this.#outbox.isSlow) return;
    this.#lane.writer.reset();
    this.writeInvalidations();
    this.#send();
  }

  writeInvalidations(): void {
    this.#invalidations.write(this.#lane.writer);
  }

  reserve(bytes: number): boolean {
    return this.#outbox.reserve(this.owner, this.#lane.writer.length + bytes);
  }

  /** `trackedKey`: the key of a GET whose client keeps a copy. */
  answerLater<T>(
    operation: number,
    id: number,
    result: Promise<T>,
    write: (value: T) => void,
    trackedKey?: string,
  ): void {
    this.#late += 1;
    const { beganMs } = this;
    if (trackedKey !== undefined) this.#invalidations.begin(trackedKey);
    const answer = (writeIt: () => void) => {
      this.#late -= 1;
      if (this.#socket === undefined) return;
      const { writer, options } = this.#lane;
      this.nowMs = options.clock.nowMs();
      this.beganMs = beganMs;
      writer.reset();
      try {
        writeIt();
      } catch (thrown) {
        this.#operations.fail(this, operation, id, thrown);
      }
      if (trackedKey !== undefined) this.#invalidations.end(trackedKey, writer);
      this.#send();
      this.#wake();
    };
    const fail = (thrown: unknown) => answer(() => this.#operations.fail(this, operation, id, thrown));
    result.then((value) => answer(() => write(value)), fail).catch((thrown: unknown) => this.fault(thrown));
  }

  /** Recognises the API key once more: it may be gone, or allow less than before. */
  recheck(): void {
    const before = this.session.apiKey;
    this.session.renew();
    const now = this.session.apiKey;
    if (now === before) return;
    if (now === undefined) return this.#close("revoked", 1008, "the API key is no longer known");
    if (now.read === before?.read && now.prefix === before.prefix) return;
    this.#lane.options.tracker.forget(this);
    this.dropAll();
  }

  get owner(): string {
    return this.session.apiKey?.name ?? "";
  }

  /** Nothing more is done before the client has taken its answers, or the store has given some. */
  get #isHeld(): boolean {
    return this.#outbox.isSlow || this.#late >= WEBSOCKET_LATE_MAX || this.#socket === undefined;
  }

  /** Carries out the requests of `message` from `at` on; gives how far it came. */
  #carryOut(message: Buffer, at: number): number {
    const { reader, writer, options, turns } = this.#lane;
    const startNs = options.clock.nowNs();
    loopWork.begin(CARRY_OUT, startNs);
    this.nowMs = startNs / 1e6;
    this.beganMs = this.nowMs;
    if (this.session.isOutdated) this.recheck();
    writer.reset();
    reader.begin(message, at);
    let count = 0;
    const sliceNs = turns.leftNs;
    let isInterrupted = this.#isHeld;
    while (!isInterrupted && reader.next()) {
      count += 1;
      this.#operations.run(this);
      if (writer.length >= WEBSOCKET_SEND_BYTES) this.#send();
      if (count % REQUESTS_A_LOOK === 0 || reader.operation === PUT) {
        isInterrupted = options.clock.nowNs() - startNs >= sliceNs;
      }
      isInterrupted ||= this.#isHeld;
    }
    const isBroken = !isInterrupted && !reader.isAtEnd;
    if (isBroken) writer.failed(0, "bad_frame", "The message is not a whole number of requests.");
    this.#send();
    if (isBroken) this.#close("protocol", 1002, "bad frame");
    const doneAt = isBroken ? message.length : reader.at;
    const ns = options.clock.nowNs() - startNs;
    if (count > 0) options.laneTraffic.done(count, ns, this.session.apiKey?.name);
    turns.spent(ns, this.owner);
    return doneAt;
  }

  /** Keeps a message, of which there is something left to do, and reads no more of them meanwhile. */
  #keep(message: Buffer): void {
    if (this.#socket === undefined) return;
    if (!this.#inbox.push(this.owner, message)) return this.#cut("overloaded");
    this.#socket.pause();
    this.#wake();
  }

  /** Goes on with what waits, unless it has to wait longer. */
  #wake(): void {
    if (!this.#inbox.isEmpty && !this.#isHeld) this.#lane.turns.add(this);
  }

  /** Sends what was written. */
  #send(): void {
    const { writer } = this.#lane;
    if (writer.length > 0) this.#outbox.send(this.owner, writer.bytes, this.nowMs);
    writer.reset();
  }

  #cut(reason: CutReason): void {
    this.#close(reason, reason === "fault" ? 1011 : 1013, reason);
  }

  /**
   * Ends the connection: without a `code`, or where its client does not read, at once and without a word. Nothing is
   * carried out or sent any more.
   */
  #close(reason: CutReason, code?: number, text?: string): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.#lane.options.connections.cut(reason);
    if (code === undefined || this.#outbox.isSlow) socket.terminate();
    else socket.close(code, text);
  }
}
