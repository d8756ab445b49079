// A change of one worker's is acknowledged when the others have taken it in: over the relay.

import { expect, test } from "bun:test";
import type { Target } from "../../src/coherence/target.ts";
import type { ToSupervisor, ToWorker } from "../../src/workers/messages.ts";
import { SiblingLink } from "../../src/workers/sibling-link.ts";
import { SiblingRelay, type WorkerPort } from "../../src/workers/sibling-relay.ts";

interface Supervisor {
  serve(port: WorkerPort, message: ToSupervisor): void;
}

/** A worker whose messages from the supervisor come when the test says so, or at once. */
function worker<L extends { receive(message: ToWorker): void }>(
  supervisor: Supervisor,
  createLink: (send: (message: ToSupervisor) => void) => L,
) {
  const waiting: ToWorker[] = [];
  const state = { isHeld: false };
  const port: WorkerPort = {
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

test("the others are told of a change, and have taken it in when it is settled", async () => {
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
