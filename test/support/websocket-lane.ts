// A WebSocket listener in the test's own process, with its clock, its store and its budget in the test's hand.

import { InFlight } from "../../src/base/in-flight.ts";
import { createWebsocketServer } from "../../src/websocket/server.ts";
import type { WebsocketLaneOptions } from "../../src/websocket/lane.ts";
import { testLaneMakings, type TestLaneOptions } from "./resp-lane.ts";

export interface TestWebsocketLane {
  readonly port: number;
  readonly options: WebsocketLaneOptions;
  /** Moves the clocks on. */
  advance(ms: number): void;
  /** Puts other API keys in the place of those that are there. */
  exchange(keys: string): void;
  stop(): Promise<void>;
}

/** `change` may put something else in the place of a part of the lane. */
export function startWebsocketLane(
  options: TestLaneOptions = {},
  change: (options: WebsocketLaneOptions) => WebsocketLaneOptions = (same) => same,
): TestWebsocketLane {
  const { lane, unlisten, advance, exchange } = testLaneMakings({ valueBytesMax: 8 * 2 ** 20, ...options });
  const inFlight = options.inFlight ?? new InFlight();
  const laneOptions = change({ ...lane, inFlight, staleMaxMs: 1_000 });
  const websocket = createWebsocketServer(laneOptions);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    websocket: websocket.handler,
    fetch(request, bun) {
      const outcome = websocket.upgrade(request, bun, websocket.credentialsOf(request.headers)!);
      return outcome === "upgraded" ? undefined : new Response(outcome, { status: 400 });
    },
  });
  return {
    port: server.port!,
    options: laneOptions,
    advance,
    exchange,
    async stop() {
      websocket.stop();
      unlisten();
      await server.stop(true);
    },
  };
}
