// Messages that never become whole: what Bun holds of them is charged to the budget, and past it their clients are cut.

import { afterEach, expect, test } from "bun:test";
import { InFlight } from "../../src/base/in-flight.ts";
import { peerOf } from "../../src/websocket/received-bytes.ts";
import { encodeRequest } from "../../src/websocket/client/frames.ts";
import { PUT } from "../../src/websocket/frames.ts";
import { BINARY, CONTINUATION } from "../fuzz/support/websocket-wire.ts";
import { until } from "../support/until.ts";
import { startWebsocketLane, type TestWebsocketLane } from "../support/websocket-lane.ts";
import { RawClient } from "./raw-client.ts";

const MIB = 2 ** 20;
let lane: TestWebsocketLane | undefined;

afterEach(async () => {
  await lane?.stop();
  lane = undefined;
});

const isLinux = process.platform === "linux";

test.if(isLinux)("fragments are charged to whom they come from, and past the budget cut", async () => {
  const inFlight = new InFlight(16 * MIB, 0.5);
  lane = startWebsocketLane({ inFlight, keys: "a:read+write=secret,b:read+write=other" });
  const greedy = await Promise.all(Array.from({ length: 12 }, () => RawClient.open(lane!.port)));
  for (const client of greedy) client.sendPart(new Uint8Array(2 * MIB), BINARY, false);
  await until(() => greedy.some((client) => client.isClosed));
  await until(() => lane!.options.connections.open * 2 * MIB <= 10 * MIB);
  expect(inFlight.bytesOfOwner("a")).toBeLessThanOrEqual(8 * MIB);
  expect(lane.options.connections.cuts.get("overloaded")).toBeGreaterThan(6);
  const honest = await RawClient.open(lane.port, "other");
  const message = encodeRequest({ operation: PUT, id: 1, key: "k", value: new Uint8Array(3 * MIB) });
  honest.sendPart(message.subarray(0, 2 * MIB), BINARY, false);
  await until(() => inFlight.bytesOfOwner("b") > MIB);
  honest.sendPart(message.subarray(2 * MIB), CONTINUATION, true);
  await until(() => honest.count("done") === 1);
  await until(() => inFlight.bytesOfOwner("b") === 0);
  for (const client of [honest, ...greedy]) client.close();
  await until(() => inFlight.bytes === 0);
});

test.if(isLinux)("many small messages are no partial one", async () => {
  const inFlight = new InFlight(4 * MIB, 0.5);
  lane = startWebsocketLane({ inFlight });
  const client = await RawClient.open(lane.port);
  client.keeps = false;
  const message = encodeRequest({ operation: PUT, id: 1, key: "k", value: new Uint8Array(1_000) });
  for (let round = 1; round <= 20; round++) {
    for (let i = 0; i < 1_000; i++) client.send(message);
    await until(() => client.count("done") === round * 1_000);
  }
  expect(client.isClosed).toBe(false);
  expect(inFlight.refused).toBe(0);
  client.close();
});

test("a remote end is named alike however its address is written", () => {
  expect(peerOf("::ffff:127.0.0.1", 80)).toBe(peerOf("127.0.0.1", 80));
  expect(peerOf("fe80::12:34", 80)).toBe(0x120034 * 65_536 + 80);
  expect(peerOf("::1", 80)).toBe(65_536 + 80);
  expect(peerOf("1::", 1)).toBe(1);
});
