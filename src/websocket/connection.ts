// One WebSocket connection: reads its messages, sends the answers, tells it of what changed. Hot.

import type { ServerWebSocket } from "bun";
import { after } from "../base/maybe-promise.ts";
import type { Session } from "../gate/session.ts";
import type { LaneMember, WebsocketLane } from "./lane.ts";
import { Operations, type Caller } from "./operations.ts";

/** Invalidations that wait to be sent, by key; more of them at once are sent as DROP_ALL. */
const INVALIDATIONS_MAX = 10_000;

export class WebsocketConnection implements Caller, LaneMember {
  readonly session: Session;
  nowMs = 0;
  readonly #lane: WebsocketLane;
  readonly #operations: Operations;
  #socket: ServerWebSocket<WebsocketConnection> | undefined;
  #dropped: string[] = [];
  #dropsAll = false;

  constructor(lane: WebsocketLane, session: Session) {
    this.#lane = lane;
    this.#operations = new Operations(lane);
    this.session = session;
  }

  opened(socket: ServerWebSocket<WebsocketConnection>): void {
    this.#socket = socket;
    this.#lane.connections.add(this);
  }

  closed(): void {
    this.#socket = undefined;
    this.#lane.connections.delete(this);
    this.#lane.options.tracker.forget(this);
    this.session.end();
    this.#lane.options.connections.leave();
  }

  end(): void {
    this.#socket?.close(1001, "going away");
  }

  /** One message came in: all of its requests are answered in one message, but for those that wait for L2. */
  receive(message: Buffer): void {
    const { reader, writer, options } = this.#lane;
    const startNs = options.clock.nowNs();
    this.nowMs = startNs / 1e6;
    if (this.session.isOutdated) this.session.renew();
    writer.reset();
    reader.begin(message);
    let count = 0;
    while (reader.next()) {
      count += 1;
      this.#operations.run(this);
    }
    if (reader.isBroken) {
      options.connections.cut("protocol");
      writer.failed(0, "bad_frame", "The message is not a whole number of requests.");
    }
    this.#send();
    if (reader.isBroken) this.#socket?.close(1002, "bad frame");
    if (count > 0) options.laneTraffic.done(count, options.clock.nowNs() - startNs);
  }

  drop(key: string): void {
    if (this.#dropped.length < INVALIDATIONS_MAX) this.#dropped.push(key);
    else this.#dropsAll = true;
    this.#lane.pushLater(this);
  }

  dropAll(): void {
    this.#dropsAll = true;
    this.#lane.pushLater(this);
  }

  push(): void {
    this.#lane.writer.reset();
    this.writeInvalidations();
    this.#send();
  }

  answerLater<T>(operation: number, id: number, result: Promise<T>, write: (value: T) => void): void {
    const answer = (value: T) => {
      if (this.#socket === undefined) return;
      this.#lane.writer.reset();
      write(value);
      this.#send();
    };
    const fail = (thrown: unknown) => {
      this.#lane.writer.reset();
      this.#operations.fail(this, operation, id, thrown);
      this.#send();
    };
    void Promise.resolve(after(result, answer)).catch(fail);
  }

  writeInvalidations(): void {
    const { writer } = this.#lane;
    if (this.#dropsAll) writer.dropAll();
    else for (const key of this.#dropped) writer.invalidate(key);
    this.#dropped = [];
    this.#dropsAll = false;
  }

  /** Sends what was written; a client that takes nothing is cut at the bound of what may wait for it. */
  #send(): void {
    const { writer, options } = this.#lane;
    if (writer.length === 0 || this.#socket === undefined) return;
    if (this.#socket.sendBinary(writer.bytes) !== 0) return;
    options.connections.cut("stalled");
    this.#socket.terminate();
  }
}
