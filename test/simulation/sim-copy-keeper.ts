// A Redis client of one simulated instance that keeps copies of what it reads and drops those that it is told of (RESP3,
// CLIENT TRACKING ON), over the production lane. Nothing is between it and the instance: it hears at once.

import { Keyring } from "../../src/auth/keyring.ts";
import { parseApiKeys } from "../../src/auth/parse-keys.ts";
import { InFlight } from "../../src/base/in-flight.ts";
import { silentLog } from "../../src/base/log.ts";
import { Connections } from "../../src/gate/connections.ts";
import { RateLimit } from "../../src/gate/rate-limit.ts";
import { Tracker } from "../../src/gate/tracker.ts";
import { LaneTraffic } from "../../src/observe/lane-traffic.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { Channels } from "../../src/resp/commands/pubsub/channels.ts";
import { RespConnection } from "../../src/resp/connection/resp-connection.ts";
import { MemorySocket } from "../../src/resp/in-memory/memory-socket.ts";
import { RespLane } from "../../src/resp/lane.ts";
import type { SimInstance } from "./sim-instance.ts";

const SECRET = "a-secret-of-the-simulation";
const VALUE_BYTES_MAX = 1_024;

export class SimCopyKeeper {
  /** By key, what it takes for true. */
  readonly copies = new Map<string, string>();
  readonly connection: RespConnection;
  readonly #instance: SimInstance;
  readonly #tracker: Tracker;
  /** The keys that were asked for and not yet answered, in order. */
  readonly #asked: string[] = [];

  constructor(instance: SimInstance) {
    this.#instance = instance;
    const { store, clock } = instance;
    const keys = parseApiKeys(SECRET, ",", "simulation");
    if (typeof keys === "string") throw new Error(keys);
    const traffic = new Traffic(clock);
    const inFlight = new InFlight();
    this.#tracker = new Tracker(inFlight);
    store.changes.listen(this.#tracker);
    const lane = new RespLane(
      {
        store,
        clock,
        traffic,
        inFlight,
        tracker: this.#tracker,
        keyring: new Keyring(keys),
        rateLimit: new RateLimit(undefined, traffic),
        laneTraffic: new LaneTraffic("resp"),
        connections: new Connections(),
        channels: new Channels(),
        log: silentLog,
        valueBytesMax: VALUE_BYTES_MAX,
        defaultTtlMs: undefined,
        instanceId: "",
        version: "",
      },
      new Map(),
    );
    let isTracking = false;
    const socket = new MemorySocket(
      (bytes) => isTracking && this.#hear(Buffer.from(bytes).toString("latin1").split("\r\n")),
      () => {},
    );
    this.connection = new RespConnection(lane, socket);
    this.#send("HELLO", "3", "AUTH", "default", SECRET);
    this.#send("CLIENT", "TRACKING", "ON");
    if (!this.connection.tracking.isOn) throw new Error("the copy keeper does not track");
    isTracking = true;
  }

  /** Its copy of `key`; without one it asks for the value, to have a copy from then on. */
  use(key: string): string | undefined {
    const copy = this.copies.get(key);
    if (copy !== undefined) return copy;
    this.#instance.run(() => {
      this.#asked.push(key);
      this.#send("GET", key);
    });
    return undefined;
  }

  /** Has the instance tell of what has expired; to be called every so often. */
  sweep(): void {
    this.#instance.run(() => this.#tracker.sweep(this.#instance.clock.wallMs()));
  }

  #send(...words: readonly string[]): void {
    const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
    this.connection.receive(Buffer.from(`*${words.length}\r\n${parts.join("")}`));
  }

  /** Obeys and takes in what was sent, which is whole, line by line: pushes, values, nulls, errors. */
  #hear(lines: readonly string[]): void {
    for (let i = 0; i < lines.length - 1; i++) {
      const line = lines[i]!;
      if (line.startsWith(">")) {
        const [, , name, count = "_"] = lines.slice(i, i + 4);
        if (name !== "invalidate") throw new Error(`a push of ${name}`);
        const dropped = count === "_" ? 0 : 2 * Number(count.slice(1));
        if (count === "_") this.copies.clear();
        for (let at = i + 5; at < i + 4 + dropped; at += 2) this.copies.delete(lines[at]!);
        i += 3 + dropped;
        continue;
      }
      const key = this.#asked.shift();
      if (key === undefined) throw new Error(`an answer to no question: ${line}`);
      if (line.startsWith("$")) this.copies.set(key, lines[++i]!);
      else this.copies.delete(key);
    }
  }
}
