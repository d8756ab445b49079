// The protocol's state by itself: what each message, tick, fill and write does to L1.

import { beforeEach, describe, expect, test } from "bun:test";
import { ClockOffset } from "../../src/coherence/clock-offset.ts";
import { openMessage } from "../../src/coherence/message.ts";
import { closeMessage } from "../support/memory-l2/close-message.ts";
import { Partition } from "../../src/coherence/partition.ts";

const EPOCH = "11111111-1111-4111-8111-000000000001";
const OTHER = "22222222-2222-4222-8222-000000000001";

let l1: Map<string, number>;
let partition: Partition;
let ticksWanted = 0;
let doubts = 0;

const clock = (n: number, epoch = EPOCH) => ({ epoch, n, timeMs: 1_000 });
const keys = (n: number, key: string, origin = "other", epoch = EPOCH) =>
  closeMessage(openMessage({ kind: "keys", keys: [key] }, origin), epoch, n, 1_000);

const tick = (reading: ReturnType<typeof clock>, sentMs: number, nowMs: number, isFirst: boolean) =>
  partition.tick(reading, partition.asking(sentMs), nowMs, isFirst);

beforeEach(() => {
  l1 = new Map();
  ticksWanted = 0;
  doubts = 0;
  partition = new Partition({
    origin: "me",
    boundMs: 1_000,
    onOdd: (kind) => (ticksWanted += kind === "malformed" ? 0 : 1),
    onDoubt: () => (doubts += 1),
    resident: {
      versionOf: (key) => l1.get(key),
      drop: (key) => void l1.delete(key),
      flush: () => l1.clear(),
      cover: (_, n) => {
        for (const [key, version] of l1) if (version <= n) l1.delete(key);
      },
    },
  });
  tick(clock(10), 100, 101, true);
  l1.set("a", 5).set("b", 12);
});

describe("messages", () => {
  test("drop what is older than they are, and nothing newer, whoever sent them", () => {
    partition.receive(keys(11, "a", "me"), 200);
    partition.receive(keys(12, "b"), 200);
    expect([...l1]).toEqual([["b", 12]]);
    expect([
      partition.n,
      partition.counts.gaps,
      partition.counts.invalidationsOwn,
      partition.counts.invalidationsReceived,
    ]).toEqual([12, 0, 1, 1]);
  });

  test("that are heard while the answer to a tick is on its way are not taken for made up", () => {
    const question = partition.asking(200);
    partition.receive(keys(11, "b"), 201);
    partition.receive(keys(12, "b"), 201);
    partition.tick(clock(11), question, 202, false);
    partition.receive(keys(13, "c"), 203);
    expect([partition.n, partition.counts.gaps, partition.counts.invalidationsDisbelieved]).toEqual([
      13, 0, 0,
    ]);
    expect([l1.get("a"), ticksWanted]).toEqual([5, 0]);
  });

  test("that skip a number drop their key and ask for a tick, which empties L1 if the sequence is ahead", () => {
    partition.receive(keys(12, "b"), 200);
    expect([[...l1], partition.n, ticksWanted]).toEqual([[["a", 5]], 10, 1]);
    tick(clock(12), 201, 202, false);
    expect([l1.size, partition.n, partition.counts.gaps]).toEqual([0, 12, 1]);
  });

  test("with a number that the sequence has not reached are forgotten at the next tick", () => {
    for (const n of [11, Number.MAX_SAFE_INTEGER]) partition.receive(keys(n, "x"), 200);
    expect([partition.n, ticksWanted]).toEqual([11, 1]);
    tick(clock(10), 201, 202, false);
    expect([l1.size, partition.n, partition.counts.gaps, partition.counts.invalidationsDisbelieved]).toEqual([
      2, 10, 0, 1,
    ]);
    tick(clock(11), 300, 301, false);
    expect([l1.size, partition.counts.gaps]).toEqual([0, 1]);
  });

  test("of another epoch change nothing until a tick confirms it", () => {
    partition.receive(keys(1, "a", "other", OTHER), 200);
    expect([l1.size, partition.epoch, partition.counts.invalidationsForeign, ticksWanted]).toEqual([
      2,
      EPOCH,
      1,
      1,
    ]);
    tick(clock(10), 201, 202, false);
    expect([l1.size, partition.freshUntilMs]).toEqual([2, 1_201]);
    tick(clock(1, OTHER), 300, 301, false);
    expect([l1.size, partition.epoch, partition.n]).toEqual([0, OTHER, 1]);
  });

  test("by hand drop whatever is there and do not count in the sequence", () => {
    partition.receive('{"keys":["b"]}', 200);
    expect([l1.has("b"), partition.n]).toEqual([false, 10]);
    partition.receive('{"all":true}', 200);
    expect(l1.size).toBe(0);
  });

  test("that are malformed are counted and change nothing", () => {
    for (const text of ["", "{", '{"keys":3}']) partition.receive(text, 200);
    expect([partition.counts.invalidationsMalformed, l1.size, partition.n]).toEqual([3, 2, 10]);
  });
});

describe("ticks", () => {
  test("prove L1 from when they were sent, and empty it when Redis is ahead", () => {
    tick(clock(10), 300, 350, false);
    expect([partition.freshUntilMs, l1.size]).toEqual([1_300, 2]);
    tick(clock(11), 400, 410, false);
    expect([partition.freshUntilMs, l1.size, partition.n, partition.counts.gaps]).toEqual([1_400, 0, 11, 1]);
  });

  test("that read less than an answer has proven come from elsewhere: nothing is fresh any more", () => {
    const { proven } = partition;
    expect(partition.follows(clock(9, OTHER), proven)).toBe(true);
    expect(partition.follows(clock(11), proven)).toBe(true);
    tick(clock(10), 300, 350, false);
    expect([l1.size, partition.freshUntilMs, doubts]).toEqual([0, Number.NEGATIVE_INFINITY, 1]);
    tick(clock(10), 400, 410, true);
    expect([partition.n, partition.freshUntilMs]).toEqual([10, 1_400]);
  });

  test("that tell of a change with a number that was proven before come from elsewhere", () => {
    const { proven } = partition;
    expect(partition.follows(clock(10), proven)).toBe(true);
    expect(partition.follows(clock(11), proven, true)).toBe(true);
    expect(partition.follows(clock(10), proven, true)).toBe(false);
    expect([l1.size, doubts]).toEqual([0, 1]);
  });

  test("do not mind an answer that was overtaken by another one", () => {
    const before = partition.proven;
    tick(clock(12), 300, 350, false);
    expect(partition.follows(clock(11), before)).toBe(true);
    expect(partition.follows(clock(9), before)).toBe(false);
  });

  test("on a new connection empty L1 whatever they say", () => {
    tick(clock(10), 300, 350, true);
    expect([l1.size, partition.counts.gaps]).toEqual([0, 0]);
  });
});

describe("fills", () => {
  test("are installed when nothing came between", () => {
    const flight = partition.beginFill("c", 100);
    expect(partition.endFill(flight, 4, clock(10))).toBe(true);
    expect(partition.flights.size).toBe(0);
  });

  test("are not, after an invalidation, a flush, a failure, a newer flight of the key, or from another epoch", () => {
    const between = [
      () => partition.receive(keys(11, "c"), 200),
      () => partition.receive('{"prefix":"c"}', 200),
      () => partition.flush(),
      () => void partition.beginFill("c", 150),
      () => void partition.endWrite(partition.beginWrite("c"), clock(12)),
    ];
    for (const happen of between) {
      const flight = partition.beginFill("c", 100);
      happen();
      expect(partition.endFill(flight, 4, clock(12))).toBe(false);
    }
    const flight = partition.beginFill("d", 100);
    expect(partition.endFill(flight, 4, clock(10, OTHER))).toBe(false);
  });

  test("that tell of something newer than L1 has drop that, even when they may not be installed", () => {
    const flight = partition.beginFill("a", 100);
    flight.poisoned = true;
    expect(partition.endFill(flight, 7, clock(10))).toBe(false);
    expect(l1.has("a")).toBe(false);
    expect(partition.endFill(partition.beginFill("b", 100), undefined, clock(12))).toBe(false);
    expect(l1.has("b")).toBe(false);
  });
});

describe("writes", () => {
  test("are installed unless a later change of the key was seen before they were acknowledged", () => {
    const first = partition.beginWrite("a");
    partition.receive(keys(11, "a", "me"), 200);
    expect(partition.endWrite(first, clock(11))).toBe(true);
    const second = partition.beginWrite("a");
    partition.receive(keys(12, "a", "me"), 200);
    partition.receive(keys(13, "a"), 200);
    expect(partition.endWrite(second, clock(12))).toBe(false);
  });

  test("whose outcome is unknown leave nothing of the key, and spoil its other writes", () => {
    const [failing, other] = [partition.beginWrite("a"), partition.beginWrite("a")];
    partition.failWrite(failing);
    expect(l1.has("a")).toBe(false);
    expect(partition.endWrite(other, clock(11))).toBe(false);
  });
});

test("a reader's version is satisfied by the entry's own number, or by all that was seen up to it", () => {
  expect(partition.satisfies(5, { epoch: EPOCH, n: 10 })).toBe(true);
  expect(partition.satisfies(5, { epoch: EPOCH, n: 11 })).toBe(false);
  expect(partition.satisfies(12, { epoch: EPOCH, n: 11 })).toBe(true);
  expect(partition.satisfies(12, { epoch: OTHER, n: 1 })).toBe(false);
});

test("Redis's clock is known between bounds, which a slow exchange does not widen", () => {
  const offset = new ClockOffset();
  expect(offset.atLeastMs(0)).toBeNaN();
  offset.learn(5_000, 100, 104);
  offset.learn(5_400, 300, 900);
  expect([offset.atLeastMs(1_000), offset.atMostMs(1_000)]).toEqual([5_896, 5_900]);
  for (let i = 0; i < 8; i++) offset.learn(9_000, 100, 101);
  expect([offset.atLeastMs(1_000), offset.atMostMs(1_000)]).toEqual([9_899, 9_900]);
});
