// A RESP listener in the test's own process, with its clock and its store in the test's hand.

import type { TLSOptions } from "bun";
import { Keyring } from "../../src/auth/keyring.ts";
import { parseApiKeys } from "../../src/auth/parse-keys.ts";
import type { Clock } from "../../src/base/clock.ts";
import { InFlight } from "../../src/base/in-flight.ts";
import { silentLog, type Log } from "../../src/base/log.ts";
import { createEngine } from "../../src/cache/l1.ts";
import { RateLimit } from "../../src/gate/rate-limit.ts";
import type { Ready } from "../../src/http/fast/ready.ts";
import { Turns } from "../../src/gate/turns.ts";
import { Connections } from "../../src/gate/connections.ts";
import { KeyspaceEvents } from "../../src/resp/commands/pubsub/keyspace-events.ts";
import { Channels } from "../../src/resp/commands/pubsub/channels.ts";
import type { RespLaneOptions } from "../../src/resp/commands/services.ts";
import { listenResp, type RespListener } from "../../src/resp/server.ts";
import { Tracker } from "../../src/gate/tracker.ts";
import { LaneTraffic } from "../../src/observe/lane-traffic.ts";
import { Traffic } from "../../src/observe/traffic.ts";
import { Compressor } from "../../src/record/compressor.ts";
import { EmbeddedStore } from "../../src/store/embedded/embedded-store.ts";
import type { Store } from "../../src/store/store.ts";

/** What a lane is made with, and what a test moves it by. */
interface Makings {
  readonly lane: RespLaneOptions;
  readonly store: EmbeddedStore<Ready>;
  readonly keyring: Keyring;
  advance(ms: number): void;
  exchange(keys: string): void;
  unlisten(): void;
}

export interface TestLane extends RespListener {
  readonly store: EmbeddedStore<Ready>;
  readonly keyring: Keyring;
  readonly tracker: Tracker;
  readonly connections: Connections;
  readonly traffic: Traffic;
  readonly laneTraffic: LaneTraffic;
  /** Moves both clocks on. */
  advance(ms: number): void;
  /** Puts other API keys in the place of those that are there. */
  exchange(keys: string): void;
}

export interface TestLaneOptions {
  readonly keys?: string;
  readonly rateLimit?: number;
  readonly defaultTtlMs?: number;
  readonly valueBytesMax?: number;
  readonly inFlight?: InFlight;
  readonly tls?: TLSOptions;
  readonly log?: Log;
  /** What the lane sees instead of the store itself. */
  readonly around?: (store: Store<Ready>) => Store<Ready>;
}

export function testLaneMakings(options: TestLaneOptions = {}): Makings {
  let offsetMs = 0;
  const clock: Clock = {
    nowNs: () => Bun.nanoseconds() + offsetMs * 1e6,
    nowMs: () => Bun.nanoseconds() / 1e6 + offsetMs,
    wallMs: () => Date.now() + offsetMs,
  };
  const parse = (text: string) => {
    const keys = parseApiKeys(text, ",", "test");
    if (typeof keys === "string") throw new Error(keys);
    return keys;
  };
  const store = new EmbeddedStore<Ready>({
    createEngine: (validation) =>
      createEngine<Ready>({ policy: "s3fifo", bytesMax: 64 * 1024 * 1024, ...validation }),
    clock,
    compressor: new Compressor(),
    epoch: "test-epoch",
  });
  const keyring = new Keyring(parse(options.keys ?? "default:read+write+admin=secret"));
  const traffic = new Traffic(clock);
  const inFlight = options.inFlight ?? new InFlight();
  const tracker = new Tracker(inFlight);
  const unlisten = store.changes.listen(tracker);
  const channels = new Channels();
  const connections = new Connections();
  const laneTraffic = new LaneTraffic("resp");
  const lane: RespLaneOptions = {
    keyring,
    traffic,
    tracker,
    channels,
    keyspaceEvents: new KeyspaceEvents(channels),
    connections,
    laneTraffic,
    clock,
    inFlight,
    turns: new Turns(),
    store: options.around?.(store) ?? store,
    rateLimit: new RateLimit(options.rateLimit, traffic),
    log: options.log ?? silentLog,
    valueBytesMax: options.valueBytesMax ?? 1024 * 1024,
    defaultTtlMs: options.defaultTtlMs,
    instanceId: "test",
    version: "0.0.0",
  };
  return {
    lane,
    store,
    keyring,
    unlisten,
    advance(ms) {
      offsetMs += ms;
      tracker.sweep(clock.wallMs());
    },
    exchange: (keys) => keyring.replace(parse(keys)),
  };
}

export function startTestLane(options: TestLaneOptions = {}): TestLane {
  const { lane, store, keyring, unlisten, advance, exchange } = testLaneMakings(options);
  const listener = listenResp({ ...lane, host: "127.0.0.1", port: 0, tls: options.tls, reusePort: false });
  const { tracker, connections, traffic, laneTraffic } = lane;
  return {
    store,
    keyring,
    tracker,
    connections,
    traffic,
    laneTraffic,
    port: listener.port,
    exchangeTls: (tls) => listener.exchangeTls(tls),
    async stop() {
      unlisten();
      await listener.stop();
    },
    advance,
    exchange,
  };
}
