// What all connections of the WebSocket lane share: the store, keys, limits, counts, and one buffer for answers.

import type { CommandCount } from "../observe/lane-traffic.ts";
import { DELETE, GET, PROVE, PUT, UNTRACK } from "./frames.ts";
import { Reader } from "./reader.ts";
import type { Peer } from "./peer.ts";
import { Writer } from "./writer.ts";
import type { LaneOptions } from "../gate/lane-options.ts";

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

export class WebsocketLane {
  readonly options: WebsocketLaneOptions;
  readonly reader = new Reader();
  readonly writer = new Writer();
  readonly peers = new Set<Peer>();
  readonly #done = new Float64Array(NAMES.size + 1);
  readonly #failed = new Float64Array(NAMES.size + 1);
  readonly #dirty = new Set<Peer>();

  constructor(options: WebsocketLaneOptions) {
    this.options = options;
    options.laneTraffic.commands = () => this.#counts();
    options.laneTraffic.connections = () => this.peers.size;
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

  /** `peer` has invalidations to be told once the present turn is over. */
  tellLater(peer: Peer): void {
    if (this.#dirty.size === 0) queueMicrotask(() => this.#tell());
    this.#dirty.add(peer);
  }

  #tell(): void {
    const peers = [...this.#dirty];
    this.#dirty.clear();
    for (const peer of peers) peer.tell();
  }

  *#counts(): Iterable<CommandCount> {
    for (let i = 0; i < this.#done.length; i++) {
      const [ok, failed] = [this.#done[i]!, this.#failed[i]!];
      if (ok + failed > 0) yield { command: NAMES.get(i) ?? "unknown", ok, failed };
    }
  }
}
