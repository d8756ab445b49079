// The RESP and WebSocket lanes of one simulated instance, as it has them, and connections to them. Nothing is between a
// client and its instance: what one sends the other has at once, or when it goes on.

import { Keyring } from "../../../src/auth/keyring.ts";
import { parseApiKeys } from "../../../src/auth/parse-keys.ts";
import { InFlight } from "../../../src/base/in-flight.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Turns } from "../../../src/gate/turns.ts";
import { Connections } from "../../../src/gate/connections.ts";
import { RateLimit } from "../../../src/gate/rate-limit.ts";
import { Session } from "../../../src/gate/session.ts";
import { Tracker } from "../../../src/gate/tracker.ts";
import { LaneTraffic } from "../../../src/observe/lane-traffic.ts";
import { Traffic } from "../../../src/observe/traffic.ts";
import { KeyspaceEvents } from "../../../src/resp/commands/pubsub/keyspace-events.ts";
import { Channels } from "../../../src/resp/commands/pubsub/channels.ts";
import type { RespLaneOptions } from "../../../src/resp/commands/services.ts";
import { RespConnection } from "../../../src/resp/connection/resp-connection.ts";
import { MemorySocket } from "../../../src/resp/in-memory/memory-socket.ts";
import { RespLane } from "../../../src/resp/lane.ts";
import type { SocketLike } from "../../../src/websocket/client/near-cache.ts";
import { WebsocketConnection } from "../../../src/websocket/connection.ts";
import { WebsocketLane } from "../../../src/websocket/lane.ts";
import type { SimInstance } from "../sim-instance.ts";
import { BOUND_MS } from "../sim-judge.ts";

const SECRET = "a-secret-of-the-simulation";
const VALUE_BYTES_MAX = 1_024;
const NO_PEER = -1;

export class SimLanes {
  readonly instance: SimInstance;
  readonly #tracker: Tracker;
  readonly #options: RespLaneOptions;
  readonly #resp: RespLane;
  readonly #websocket: WebsocketLane;

  constructor(instance: SimInstance) {
    const { store, clock } = instance;
    const keys = parseApiKeys(SECRET, ",", "simulation");
    if (typeof keys === "string") throw new Error(keys);
    const traffic = new Traffic(clock);
    const inFlight = new InFlight();
    this.instance = instance;
    this.#tracker = new Tracker(inFlight);
    store.changes.listen(this.#tracker);
    this.#options = {
      store,
      clock,
      traffic,
      inFlight,
      tracker: this.#tracker,
      keyring: new Keyring(keys),
      rateLimit: new RateLimit(undefined, traffic),
      laneTraffic: new LaneTraffic("resp"),
      connections: new Connections(),
      turns: new Turns(),
      channels: new Channels(),
      keyspaceEvents: new KeyspaceEvents(new Channels()),
      log: silentLog,
      valueBytesMax: VALUE_BYTES_MAX,
      defaultTtlMs: undefined,
      instanceId: "",
      version: "",
    };
    this.#resp = new RespLane(this.#options, new Map());
    this.#websocket = new WebsocketLane({
      ...this.#options,
      laneTraffic: new LaneTraffic("websocket"),
      staleMaxMs: BOUND_MS,
    });
  }

  /** `hear` is called with each piece of what the instance says. */
  connectResp(hear: (bytes: Uint8Array) => void): RespConnection {
    const take = (bytes: Uint8Array) => {
      hear(bytes);
      return true;
    };
    const connection = new RespConnection(this.#resp, new MemorySocket(take, () => {}));
    if (connection.session.authenticate(undefined, SECRET) !== "ok") throw new Error("the key is not known");
    return connection;
  }

  connectWebsocket(): SocketLike {
    const { keyring, connections } = this.#options;
    const session = new Session(keyring, connections);
    if (session.authenticate(undefined, SECRET) !== "ok") throw new Error("the key is not known");
    const connection = new WebsocketConnection(this.#websocket, session, NO_PEER);
    let hear: (event: { data: unknown }) => void = () => {};
    const served = {
      sendBinary(message: Uint8Array) {
        hear({ data: Uint8Array.from(message).buffer });
        return message.length;
      },
      getBufferedAmount: () => 0,
      pause() {},
      resume() {},
      close(code: number, reason: string) {
        throw new Error(`closed: ${code} ${reason}`);
      },
    };
    connection.opened(served as unknown as Parameters<WebsocketConnection["opened"]>[0]);
    return {
      binaryType: "arraybuffer",
      send: (data) => this.instance.run(() => connection.receive(Buffer.from(data)), true),
      close: () => connection.closed(),
      addEventListener(type: string, listener: (event: { data: unknown }) => void) {
        if (type === "message") hear = listener;
      },
    };
  }

  /** Has the instance tell of what has expired; to be called every so often. */
  sweep(): void {
    this.instance.run(() => this.#tracker.sweep(this.instance.clock.wallMs()));
  }
}

/** A command as it is sent. */
export function encodeCommand(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join("")}`);
}
