// What the stores of several workers have in common: mass invalidations are in force at once or never, whoever is killed
// when, and cost only their owner; what any worker may raise never falls; who begins to listen misses nothing.
import { expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { MemoryKeeper } from "../../src/cache/shared/memory-keeper.ts";
import type { SharedMemory } from "../../src/cache/shared/shared-memory.ts";
import { commonOriginMs } from "../../src/instance/worker-memory.ts";
import { Compressor } from "../../src/record/compressor.ts";
import {
  COMMON_NEEDS,
  commonMemoryOf,
  MARKS_LOCK,
  raise,
  STALE_UNTIL,
} from "../../src/store/common/common-memory.ts";
import { CommonParts, forgetWorker } from "../../src/store/common/common-parts.ts";
import { MarkLog } from "../../src/store/common/mark-log.ts";
import type { Commons } from "../../src/store/embedded/commons.ts";
import { EmbeddedStore } from "../../src/store/embedded/embedded-store.ts";
import { MarkedEngine } from "../../src/store/marks/marked-engine.ts";
import { statesOf } from "../cache/shared/support/explorer.ts";
import { engineOf, memoryFor } from "../cache/support/shared-engines.ts";

const MIB = 2 ** 20;
const OWN = 2;
const BOUNDS = { ofOwner: 2, inAll: 6 };

/** The engine of worker `index`, whose number is `index` + OWN, with the log of all. What it would do later is in `tasks`. */
function markedEngine(memory: SharedMemory, index: number, tasks: (() => void)[] = []): MarkedEngine<never> {
  const marked: MarkedEngine<never> = new MarkedEngine<never>({
    createEngine: (validation) =>
      engineOf<never>(memory, index, validation, Math.random, () => marked.catchUp()),
    partitions: 1,
    clock: systemClock,
    timers: { after: (_, task) => (tasks.push(task), () => {}) },
    bounds: BOUNDS,
    log: new MarkLog({ memory: commonMemoryOf(memory), own: index + OWN, yieldCore: () => {} }),
  });
  return marked;
}

function put({ engine }: MarkedEngine<never>, key: string, n: number): void {
  engine.set(key, Buffer.from(key), n, Infinity, 0);
}

const has = ({ engine }: MarkedEngine<never>, key: string) => engine.peek(key, 0) !== undefined;

test("an invalidation whose process is killed at any step is in force at once or never", () => {
  const memory = memoryFor(MIB, "s3fifo", 2, COMMON_NEEDS);
  const common = commonMemoryOf(memory);
  const words = new Uint32Array(memory.own.memory);
  const shard = new Uint32Array(memory.shards[0]!.memory);
  put(markedEngine(memory, 1), "a/1", 1);
  const [before, shardBefore] = [words.slice(), shard.slice()];
  const killed = markedEngine(memory, 0);
  const states = statesOf(
    memory.own.memory,
    () => killed.cover(0, { kind: "prefix", prefix: "a/" }, 2, "one"),
    () => false,
  );
  expect(states.length).toBeGreaterThan(5);
  const outcomes: boolean[] = [];
  for (let step = 0; step <= states.length; step++) {
    words.set(before);
    shard.set(shardBefore);
    for (const state of states.slice(0, step)) for (const { at, after } of state) words[at] = after;
    const keeper = new MemoryKeeper(memory, 1, false);
    if (forgetWorker(common, 0, OWN)) keeper.beginGeneration();
    expect(common.words[MARKS_LOCK]).toBe(0);
    const others = [1, 2].map((index) => markedEngine(memory, index));
    const isThere = has(others[0]!, "a/1");
    outcomes.push(isThere);
    // Nothing of it comes later.
    expect(others[1]!.cover(0, { kind: "prefix", prefix: "b/" }, 3, "two")).toBeDefined();
    expect(others.map((other) => has(other, "a/1"))).toEqual([isThere, isThere]);
  }
  expect(outcomes.indexOf(false)).toBe(outcomes.lastIndexOf(true) + 1);
  expect(new Set(outcomes).size).toBe(2);
});

test("an invalidation that is refused is in force nowhere, and takes nothing of another owner with it", () => {
  const memory = memoryFor(MIB, "s3fifo", 2, COMMON_NEEDS);
  const [first, second] = [markedEngine(memory, 0), markedEngine(memory, 1)];
  for (const key of ["a/1", "b/1", "c/1", "d/1", "e/1"]) put(first, key, 1);
  const outcomes = ["a/", "b/", "c/"].map((prefix) =>
    first.cover(0, { kind: "prefix", prefix }, 2, "greedy"),
  );
  expect(outcomes.map((marks) => marks !== undefined)).toEqual([true, true, false]);
  first.cover(0, { kind: "prefix", prefix: "d/" }, 3, "other");
  for (const worker of [second, first]) {
    expect(["a/1", "b/1", "c/1", "d/1", "e/1"].filter((key) => has(worker, key))).toEqual(["c/1", "e/1"]);
  }
});

test("a worker that looks at little itself has room for what others bring into force", () => {
  const memory = memoryFor(MIB, "s3fifo", 2, COMMON_NEEDS);
  const tasks: (() => void)[] = [];
  const [first, second] = [markedEngine(memory, 0, tasks), markedEngine(memory, 1)];
  put(first, "kept", 1);
  for (let i = 1; i < 5 * BOUNDS.inAll; i++) {
    put(first, `gone-${i}`, 10 * i);
    expect(first.cover(0, { kind: "prefix", prefix: `gone-${i}` }, 10 * i + 1, "one")).toBeDefined();
    if (i % 3 !== 0) expect([has(second, "kept"), has(second, `gone-${i}`)]).toEqual([true, false]);
    // The first one looks at all entries, of which the second one hears nothing.
    while (tasks.length > 0) tasks.shift()!();
  }
});

test("a number that several workers raise at once is the highest of all", () => {
  const memory = commonMemoryOf(memoryFor(MIB, "s3fifo", 2, COMMON_NEEDS));
  const { compareExchange } = Atomics;
  // Another worker comes between this one's look and its write.
  const between = (array: BigInt64Array, index: number, expected: bigint, value: bigint) => {
    Object.assign(Atomics, { compareExchange });
    raise(memory, STALE_UNTIL, 100);
    return compareExchange(array, index, expected, value);
  };
  Object.assign(Atomics, { compareExchange: between });
  raise(memory, STALE_UNTIL, 50);
  expect(memory.numbers[STALE_UNTIL]).toBe(100);
  raise(memory, STALE_UNTIL, 100.5);
  raise(memory, STALE_UNTIL, 3);
  expect(memory.numbers[STALE_UNTIL]).toBe(100.5);
});

test("a plain write during which another worker begins to listen is not done with", () => {
  const memory = memoryFor(MIB, "s3fifo", 2, COMMON_NEEDS);
  const common = commonMemoryOf(memory);
  const [own, other] = [0, 1].map((worker) => {
    const engine = engineOf<never>(memory, worker);
    const shardOf = (key: string) => engine.shardNumberOf(key);
    return new CommonParts({
      memory: common,
      worker,
      workers: 2,
      engine: () => engine,
      shardOf,
      clock: systemClock,
      originMs: 0,
    });
  });
  let isListening = false;
  const { leases, stale } = own!;
  const commons: Commons = {
    get n() {
      return own!.n;
    },
    get isQuiet() {
      return own!.isQuiet;
    },
    nextN() {
      if (isListening) other!.attend();
      return own!.nextN();
    },
    attend: () => own!.attend(),
    leases,
    stale,
  };
  const store = new EmbeddedStore<never>({
    createEngine: (validation) => engineOf<never>(memory, 0, validation),
    clock: systemClock,
    compressor: new Compressor(),
    epoch: "e",
    commons,
  });
  const source = Buffer.from("keyvalue");
  const write = { source, keyStart: 0, keyEnd: 3, valueStart: 3, valueEnd: 8, ttlMs: Infinity };
  expect(store.writePlain(write, 0)).toBe(true);
  isListening = true;
  expect(store.writePlain(write, 0)).toBe(false);
});

test("workers agree on the time, although others have the core while they compare clocks", () => {
  const AHEAD_MS = 1_000;
  let nowMs = 0;
  let looks = 0;
  const look = () => {
    looks++;
    // Most comparisons are broken off for some ms.
    nowMs += looks % 7 === 0 ? 0.001 : looks % 3 === 0 ? 9 : 0.001;
    return nowMs;
  };
  const originMs = commonOriginMs(look, () => (look() + AHEAD_MS) * 1e6);
  expect(Math.abs(originMs - AHEAD_MS)).toBeLessThan(0.01);
});
