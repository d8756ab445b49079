// The RESP lane without a socket: nanoseconds of parsing, look-up and answer for a batch of commands, by mitata.

import type { Socket } from "bun";
import { bench, do_not_optimize, run } from "mitata";
import { Keyring } from "../src/auth/keyring.ts";
import { parseApiKeys } from "../src/auth/parse-keys.ts";
import { systemClock } from "../src/base/clock.ts";
import { InFlight } from "../src/base/in-flight.ts";
import { silentLog } from "../src/base/log.ts";
import { createEngine } from "../src/cache/l1.ts";
import { RateLimit } from "../src/gate/rate-limit.ts";
import type { Ready } from "../src/http/fast/ready.ts";
import { Turns } from "../src/gate/turns.ts";
import { Connections } from "../src/gate/connections.ts";
import { KeyspaceEvents } from "../src/resp/commands/pubsub/keyspace-events.ts";
import { Channels } from "../src/resp/commands/pubsub/channels.ts";
import { RespConnection } from "../src/resp/connection/resp-connection.ts";
import { RespLane } from "../src/resp/lane.ts";
import { Tracker } from "../src/gate/tracker.ts";
import { LaneTraffic } from "../src/observe/lane-traffic.ts";
import { Traffic } from "../src/observe/traffic.ts";
import { Compressor } from "../src/record/compressor.ts";
import { EmbeddedStore } from "../src/store/embedded/embedded-store.ts";

const KEYS = 10_000;
const BATCH = 16;
const store = new EmbeddedStore<Ready>({
  createEngine: (validation) =>
    createEngine<Ready>({ policy: "adaptive", bytesMax: 256 * 1024 * 1024, ...validation }),
  clock: systemClock,
  compressor: new Compressor(),
  epoch: "bench",
});
const keys = parseApiKeys("default:read+write+admin=secret", ",", "bench");
if (typeof keys === "string") throw new Error(keys);
const inFlight = new InFlight();
const traffic = new Traffic(systemClock);
/** The benchmark gives the event loop no turn: none is ever over. */
class Unbounded extends Turns {
  override get isOver(): boolean {
    return false;
  }
}

const channels = new Channels();
const lane = new RespLane(
  {
    store,
    keyring: new Keyring(keys),
    rateLimit: new RateLimit(undefined, traffic),
    traffic,
    laneTraffic: new LaneTraffic("resp"),
    connections: new Connections(),
    turns: new Unbounded(),
    tracker: new Tracker(inFlight),
    channels,
    keyspaceEvents: new KeyspaceEvents(channels),
    inFlight,
    clock: systemClock,
    log: silentLog,
    valueBytesMax: 8 * 1024 * 1024,
    defaultTtlMs: undefined,
    instanceId: "bench",
    version: "0",
  },
  new Map(),
);
let sent = 0;
const socket = {
  write(_: Uint8Array, __: number, length: number) {
    sent += length;
    return length;
  },
  pause() {},
  resume() {},
};
const client = new RespConnection(lane, socket as unknown as Socket<RespConnection>);
const encode = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
client.receive(Buffer.from(encode("AUTH", "secret")));

const keyOf = (i: number) => `key:${String(i).padStart(12, "0")}`;
/** Chunks of BATCH commands each, over all keys. */
function chunks(command: (key: string) => string): Buffer[] {
  return Array.from({ length: KEYS / BATCH }, (_, i) =>
    Buffer.from(
      Array.from({ length: BATCH }, (__, j) => command(keyOf((i * 7_919 + j * 131) % KEYS))).join(""),
    ),
  );
}

for (const bytes of [64, 1_024]) {
  const value = "x".repeat(bytes);
  const sets = chunks((key) => encode("SET", key, value));
  const gets = chunks((key) => encode("GET", key));
  let i = 0;
  bench(`${BATCH} x SET ${bytes}`, () => client.receive(sets[i++ % sets.length]!));
  bench(`${BATCH} x GET ${bytes}`, () => client.receive(gets[i++ % gets.length]!));
}
await run();
do_not_optimize(sent);
