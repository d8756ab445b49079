// What one WebSocket was given and its client has not taken yet: charged to the budget, cut where it stalls. Hot in part.

import type { ServerWebSocket } from "bun";
import type { Cuttable, InFlight } from "../base/in-flight.ts";
import { LANE_STALLED_MS_MAX } from "../base/limits.ts";
import { Charge } from "../gate/charge.ts";
import type { CutReason } from "../gate/connections.ts";

/** The part of Bun's socket that it uses. */
type Socket = Pick<ServerWebSocket, "sendBinary" | "getBufferedAmount">;

export class Outbox implements Cuttable {
  readonly #inFlight: InFlight;
  readonly #charge: Charge;
  readonly #end: (reason: CutReason) => void;
  #socket: Socket | undefined;
  /** Bytes that waited when the client was last seen to take some, and when that was. */
  #waiting = 0;
  #progressAtMs = 0;

  /** `end` closes the connection at once. */
  constructor(inFlight: InFlight, end: (reason: CutReason) => void) {
    this.#inFlight = inFlight;
    this.#charge = new Charge(inFlight, "websocket_output");
    this.#end = end;
  }

  open(socket: Socket): void {
    this.#socket = socket;
  }

  close(): void {
    this.#socket = undefined;
    this.#caughtUp();
  }

  /** The client has yet to take what it was sent: nothing more should be made for it. */
  get isSlow(): boolean {
    return this.#waiting > 0;
  }

  get heldBytes(): number {
    return this.#charge.bytes;
  }

  /** Takes room for an answer of `bytes` before it is made; `false`: there is none, and it must not be made. */
  reserve(owner: string, bytes: number): boolean {
    return this.#charge.set(owner, this.#waiting + bytes);
  }

  /** Sends a message; a client for which there is no room in the budget any more is cut. */
  send(owner: string, message: Buffer, nowMs: number): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const sent = socket.sendBinary(message);
    if (sent > 0) {
      if (this.#charge.bytes > 0) this.#charge.set(owner, this.#waiting);
      return;
    }
    if (sent === 0) return this.#end("stalled");
    if (this.#waiting === 0) {
      this.#progressAtMs = nowMs;
      this.#inFlight.addCuttable(this);
    }
    this.#waiting = socket.getBufferedAmount();
    if (!this.#charge.set(owner, this.#waiting)) this.#end("overloaded");
  }

  /** The socket took more of what waits. */
  drained(owner: string, nowMs: number): void {
    const waiting = this.#socket?.getBufferedAmount() ?? 0;
    if (waiting === 0) return this.#caughtUp();
    if (waiting < this.#waiting) this.#progressAtMs = nowMs;
    this.#waiting = waiting;
    this.#charge.set(owner, waiting);
  }

  /** Ends a connection that has taken nothing for too long. */
  checkStalled(nowMs: number): void {
    if (this.#waiting === 0) return;
    const waiting = this.#socket?.getBufferedAmount() ?? 0;
    if (waiting < this.#waiting) this.#progressAtMs = nowMs;
    this.#waiting = Math.max(1, waiting);
    if (nowMs - this.#progressAtMs > LANE_STALLED_MS_MAX) this.#end("stalled");
  }

  /** The budget needs the room. */
  cut(): void {
    this.#end("overloaded");
    this.#caughtUp();
  }

  #caughtUp(): void {
    if (this.#waiting > 0) this.#inFlight.removeCuttable(this);
    this.#waiting = 0;
    this.#charge.clear();
  }
}
