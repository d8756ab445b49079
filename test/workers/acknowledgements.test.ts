// A change of one worker's is acknowledged when the others have taken it in: over the hub, and over the relay beside Redis.

import { expect, test } from "bun:test";
import type { Target } from "../../src/coherence/target.ts";
import { encodeRecord } from "../../src/record/record.ts";
import { Hub, type HubPort } from "../../src/workers/hub.ts";
import { HubLink } from "../../src/workers/hub-link.ts";
import type { ToSupervisor, ToWorker } from "../../src/workers/messages.ts";
import { SiblingLink } from "../../src/workers/sibling-link.ts";
import { SiblingRelay } from "../../src/workers/sibling-relay.ts";

interface Supervisor {
  serve(port: HubPort, message: ToSupervisor): void;
}

/** A worker whose messages from the supervisor come when the test says so, or at once. */
function worker<L extends { receive(message: ToWorker): void }>(
  supervisor: Supervisor,
  createLink: (send: (message: ToSupervisor) => void) => L,
) {
  const waiting: ToWorker[] = [];
  const state = { isHeld: false };
  const port: HubPort = {
    send: (message) => void (state.isHeld ? waiting.push(message) : link.receive(message)),
  };
  const link = createLink((message) => supervisor.serve(port, message));
  return {
    link,
    hold(): void {
      state.isHeld = true;
    },
    release(): void {
      state.isHeld = false;
      for (const message of waiting.splice(0)) link.receive(message);
    },
  };
}

/** Whether `promise` has come true after everything that could run by now has. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  return done;
}

const record = encodeRecord({
  contentType: "text/plain",
  cacheControl: undefined,
  tags: [],
  expiresAtWallMs: Number.POSITIVE_INFINITY,
  n: 0,
  hash: 0n,
  variants: [new Uint8Array(1)],
});

test("the hub answers a change when the others have heard of it, and a read at once", async () => {
  const hub = new Hub(1_000_000);
  const [a, b] = [worker(hub, (send) => new HubLink(send)), worker(hub, (send) => new HubLink(send))];
  const heard: string[] = [];
  for (const { link } of [a, b]) {
    await link.bus.open({
      onMessage: (text) => void heard.push(text),
      onClosed: () => {},
      onDoubt: () => {},
    });
  }
  b.hold();
  const common = { origin: "a", notAfterMs: Number.POSITIVE_INFINITY, condition: undefined, staleMs: 0 };
  const set = a.link.l2.call("set", { ...common, key: "k", record, ttlMs: Number.POSITIVE_INFINITY });
  expect(await isDone(set)).toBe(false);
  expect(await isDone(a.link.l2.call("read", { keys: ["k"], lease: undefined }))).toBe(true);
  b.release();
  expect(await isDone(set)).toBe(true);
  expect([heard.length, a.link.lateAcks]).toEqual([2, 0]);
});

test("beside Redis the others are told of a change, and have taken it in when it is settled", async () => {
  const relay = new SiblingRelay();
  const [a, b] = [
    worker(relay, (send) => new SiblingLink(send)),
    worker(relay, (send) => new SiblingLink(send)),
  ];
  const told: Target[] = [];
  a.link.listen(() => {
    throw new Error("told of its own change");
  });
  b.link.listen(({ target }) => void told.push(target));
  b.hold();
  const version = { epoch: "e", n: 1 };
  const targets: Target[] = [{ kind: "keys", keys: ["k"] }, { kind: "all" }];
  const settled = targets.map((target) => a.link.settle({ partition: 0, target, version }));
  expect(await isDone(Promise.all(settled))).toBe(false);
  b.release();
  expect(told).toEqual(targets);
  expect(await Promise.all(settled)).toEqual([false, false]);
});
