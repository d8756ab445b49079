// The event loop's time is shared by API key: who waits with one connection waits for one slice of each other key.

import { expect, test } from "bun:test";
import { Turns, type Waiting } from "../../src/gate/turns.ts";

const SLICE_NS = 4e6;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a key with many busy connections gets no more than one with a single one", async () => {
  const turns = new Turns();
  const ran: string[] = [];
  const busy = (owner: string): Waiting => ({
    owner,
    fault: () => {},
    goOn() {
      ran.push(owner);
      turns.spent(SLICE_NS);
      turns.add(this);
    },
  });
  for (let i = 0; i < 100; i++) turns.add(busy("greedy"));
  turns.add(busy("modest"));
  while (ran.length < 20) await turn();
  expect(ran.filter((owner) => owner === "modest").length).toBeGreaterThanOrEqual(9);
});

test("what is removed does not go on, and a turn that is over is followed by another", async () => {
  const turns = new Turns();
  let ran = 0;
  const waiting = { owner: "a", goOn: () => (ran += 1), fault: () => {} };
  turns.add(waiting);
  turns.remove(waiting);
  turns.spent(SLICE_NS);
  expect(turns.isOver).toBe(true);
  await turn();
  expect([turns.isOver, ran]).toEqual([false, 0]);
});

test("what one throws is its own, and the next goes on", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const bad = () => {
    throw new Error("bad");
  };
  turns.add({ owner: "a", goOn: bad, fault: (thrown) => seen.push(String(thrown)) });
  turns.add({ owner: "b", goOn: () => seen.push("went on"), fault: () => {} });
  await turn();
  expect(seen).toEqual(["Error: bad", "went on"]);
});
