// What changes while very many clients keep copies: they are told in short turns.

import { afterEach, expect, test } from "bun:test";
import { WebsocketLane, type LaneMember } from "../../src/websocket/lane.ts";
import { nextTurn, until } from "../support/until.ts";
import { startWebsocketLane, type TestWebsocketLane } from "../support/websocket-lane.ts";

const CLIENTS = 60;
/** How long telling one takes here. */
const PUSH_MS = 1;

let started: TestWebsocketLane | undefined;

afterEach(() => started?.stop());

test("others have their turn while many clients are told, and each is told once", async () => {
  started = startWebsocketLane();
  const lane = new WebsocketLane(started.options);
  let told = 0;
  const members = Array.from({ length: CLIENTS }, () => {
    const push = () => {
      told += 1;
      for (const untilMs = performance.now() + PUSH_MS; performance.now() < untilMs;);
    };
    return { push } as LaneMember;
  });
  for (const member of members) for (let twice = 0; twice < 2; twice++) lane.pushLater(member);
  await nextTurn();
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(CLIENTS / 2);
  await until(() => told >= CLIENTS);
  await nextTurn();
  expect(told).toBe(CLIENTS);
});
