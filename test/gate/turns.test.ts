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
      turns.spent(SLICE_NS, owner);
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
  turns.spent(SLICE_NS, "b");
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

test("a key whose pieces take long comes less often than one whose pieces are short", async () => {
  const turns = new Turns();
  const ran: string[] = [];
  const busy = (owner: string, ns: number): Waiting => ({
    owner,
    fault: () => {},
    goOn() {
      ran.push(owner);
      turns.spent(ns, owner);
      turns.add(this);
    },
  });
  for (let i = 0; i < 50; i++) turns.add(busy("greedy", 6e6));
  for (let i = 0; i < 50; i++) turns.add(busy("modest", 2e5));
  while (ran.length < 500) await turn();
  const greedy = ran.filter((owner) => owner === "greedy").length;
  expect(greedy).toBeGreaterThan(10);
  expect(greedy).toBeLessThan(40);
});

test("who has had a long piece at once comes after those who wait", async () => {
  const turns = new Turns();
  const ran: string[] = [];
  const once = (owner: string): Waiting => ({ owner, fault: () => {}, goOn: () => ran.push(owner) });
  turns.spent(6e6, "greedy");
  turns.add(once("greedy"));
  for (let i = 0; i < 10; i++) turns.add(once("modest"));
  while (ran.length < 11) await turn();
  expect(ran.indexOf("greedy")).toBe(10);
});
