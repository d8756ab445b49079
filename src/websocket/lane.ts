// What all connections of the WebSocket lane share: the store, keys, limits, counts, and one buffer for answers.

import { WEBSOCKET_LOOK_PARTS } from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import { Slices } from "../base/loop/slices.ts";
import type { CommandCount } from "../observe/lane-traffic.ts";
import { DELETE, GET, PROVE, PUT, UNTRACK } from "./frames.ts";
import { Reader } from "./reader.ts";
import { ReceivedBytes } from "./received-bytes.ts";
import { Writer } from "./writer.ts";
import type { LaneOptions } from "../gate/lane-options.ts";
import type { Turns, Waiting } from "../gate/turns.ts";

export interface WebsocketLaneOptions extends LaneOptions {
  /** How long a client may serve its own copy after a proof, at the most. */
  readonly staleMaxMs: number;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [GET, "get"],
  [PUT, "put"],
  [DELETE, "delete"],
  [PROVE, "prove"],
  [UNTRACK, "untrack"],
]);

/** A connection as its lane sees it. */
export interface LaneMember extends Waiting {
  /** Sends the invalidations that came up. */
  push(): void;
  /** Recognises its API key once more. */
  recheck(): void;
  /** Ends it if its client has taken nothing for too long. */
  checkStalled(nowMs: number): void;
  /** So many bytes of the connection have been read since it began. */
  lookAtReceived(bytes: number): void;
  /** Its remote end, as `peerOf` has it. */
  readonly peer: number;
  /** Ends it for something that it threw, which is logged and counted. */
  fault(thrown: unknown): void;
  /** Closes it: the server stops. */
  end(): void;
}

const SWEEP = loopWork.kind("websocket sweep");
const PUSH = loopWork.kind("websocket invalidations");

export class WebsocketLane {
  readonly options: WebsocketLaneOptions;
  readonly reader = new Reader();
  readonly writer = new Writer();
  readonly connections = new Set<LaneMember>();
  readonly turns: Turns;
  readonly #done = new Float64Array(NAMES.size + 1);
  readonly #failed = new Float64Array(NAMES.size + 1);
  readonly #byPeer = new Map<number, LaneMember>();
  #received: ReceivedBytes | undefined;
  readonly #withPushes = new Set<LaneMember>();

  constructor(options: WebsocketLaneOptions) {
    this.options = options;
    this.turns = options.turns;
    options.laneTraffic.commands = () => this.#counts();
    options.laneTraffic.connections = () => this.connections.size;
    options.laneTraffic.cuts = () => options.connections.cuts;
  }

  /** For how many ms from now what is read may be served without further word. */
  freshForMs(nowMs: number): number {
    return Math.max(0, Math.min(this.options.staleMaxMs, this.options.store.freshUntilMs - nowMs));
  }

  count(operation: number, ok: boolean): void {
    const index = operation < this.#done.length ? operation : 0;
    if (ok) this.#done[index]! += 1;
    else this.#failed[index]! += 1;
  }

  /** Looks at what connections of `port` have sent that is no whole message yet; some of them at each call. */
  lookAtReceived(port: number): void {
    if (this.connections.size === 0) return;
    loopWork.begin(SWEEP, this.options.clock.nowNs());
    this.#received ??= new ReceivedBytes();
    this.#received.read(port, WEBSOCKET_LOOK_PARTS, (peer, bytes) =>
      this.#byPeer.get(peer)?.lookAtReceived(bytes),
    );
  }

  nameOf(operation: number): string {
    return NAMES.get(operation) ?? "unknown";
  }

  enter(connection: LaneMember): void {
    this.connections.add(connection);
    this.#byPeer.set(connection.peer, connection);
  }

  leave(connection: LaneMember): void {
    this.connections.delete(connection);
    if (this.#byPeer.get(connection.peer) === connection) this.#byPeer.delete(connection.peer);
    this.turns.remove(connection);
  }

  /** Nothing is looked at any more. */
  stop(): void {
    this.#received?.close();
    this.#received = undefined;
  }

  /** Ends connections whose clients have taken nothing for too long. */
  checkStalled(): void {
    const nowNs = this.options.clock.nowNs();
    loopWork.begin(SWEEP, nowNs);
    for (const connection of this.connections) connection.checkStalled(nowNs / 1e6);
  }

  /** API keys were exchanged. */
  recheckAll(): void {
    for (const connection of this.connections) {
      try {
        connection.recheck();
      } catch (thrown) {
        connection.fault(thrown);
      }
    }
  }

  /** `connection` has invalidations to send once the present turn is over. */
  pushLater(connection: LaneMember): void {
    if (this.#withPushes.size === 0) queueMicrotask(() => this.#push());
    this.#withPushes.add(connection);
  }

  #push(): void {
    loopWork.begin(PUSH, this.options.clock.nowNs());
    const slices = new Slices(this.options.clock.nowMs);
    for (const connection of this.#withPushes) {
      if (slices.isOver) {
        setImmediate(() => this.#push());
        return;
      }
      this.#withPushes.delete(connection);
      try {
        connection.push();
      } catch (thrown) {
        connection.fault(thrown);
      }
    }
  }

  *#counts(): Iterable<CommandCount> {
    for (let i = 0; i < this.#done.length; i++) {
      const [ok, failed] = [this.#done[i]!, this.#failed[i]!];
      if (ok + failed > 0) yield { command: this.nameOf(i), ok, failed };
    }
  }
}
