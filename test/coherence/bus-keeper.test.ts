// What keeps a partition subscribed: when it asks, and what it does when there is no answer.

import { expect, test } from "bun:test";
import type { Bus, BusListener } from "../../src/coherence/bus.ts";
import { BusKeeper } from "../../src/coherence/bus-keeper.ts";
import { openMessage } from "../../src/coherence/message.ts";
import { closeMessage } from "../support/memory-l2/close-message.ts";
import { Partition } from "../../src/coherence/partition.ts";
import { Schedule } from "../simulation/schedule.ts";

const EPOCH = "11111111-1111-4111-8111-000000000001";

function kept() {
  const schedule = new Schedule();
  const state = { n: 1, isDark: false, hangs: false, ticks: 0, opened: 0, renewed: 0, told: [] as number[] };
  let listener: BusListener | undefined;
  const bus: Bus = {
    open: async (opened) => {
      if (state.hangs) await new Promise(() => {});
      if (state.isDark) throw new Error("dark");
      listener = opened;
      state.opened += 1;
      return {
        tick: () => {
          state.ticks += 1;
          if (state.isDark) return new Promise(() => {});
          return Promise.resolve({ epoch: EPOCH, n: state.n, timeMs: schedule.nowMs });
        },
        close: () => {},
      };
    },
    renew: () => (state.renewed += 1),
  };
  const nowMs = () => schedule.nowMs;
  const clock = { nowMs, wallMs: nowMs, nowNs: () => schedule.nowMs * 1e6 };
  const timers = {
    after(ms: number, task: () => void) {
      let isOff = false;
      schedule.after(ms, () => (isOff ? undefined : task()));
      return () => (isOff = true);
    },
  };
  const partition: Partition = new Partition({
    origin: "me",
    boundMs: 1_000,
    resident: { versionOf: () => undefined, drop: () => {}, flush: () => {}, cover: () => {} },
    onChange: (key) => key === undefined && state.told.push(schedule.nowMs),
    onOdd: () => keeper.tickNow(),
    onDoubt: (reason) => keeper.renew(reason),
  });
  const keeper = new BusKeeper({
    bus,
    partition,
    clock,
    timers,
    tickMs: 250,
    tickMsMax: 500,
    onTick: () => {},
    onDown: () => {},
  });
  schedule.at(0, () => void keeper.run());
  schedule.run(1);
  return { schedule, state, partition, listener: () => listener! };
}

test("odd messages bring the next tick forward, and many of them not many ticks", () => {
  const { schedule, state, listener } = kept();
  schedule.run(100);
  const before = state.ticks;
  const beyond = closeMessage(openMessage({ kind: "keys", keys: ["k"] }, "other"), EPOCH, 1_000, 0);
  for (let i = 0; i < 100; i++) {
    schedule.at(100 + i, () => listener().onMessage(beyond));
  }
  schedule.run(101);
  expect(state.ticks).toBe(before + 1);
  schedule.run(200);
  expect(state.ticks).toBeLessThanOrEqual(before + 11);
});

test("an answer from the past makes all connections anew", () => {
  const { schedule, state, partition } = kept();
  state.n = 0;
  schedule.run(260);
  expect([state.renewed, partition.freshUntilMs]).toEqual([1, Number.NEGATIVE_INFINITY]);
  schedule.run(400);
  expect([state.opened, partition.freshUntilMs > 1_000]).toEqual([2, true]);
});

test.each([false, true])(
  "while nothing is heard, keepers of copies drop them, before the bound and after: %p",
  (hangs) => {
    const { schedule, state, partition } = kept();
    schedule.run(100);
    state.told = [];
    state.isDark = true;
    state.hangs = hangs;
    schedule.run(5_000);
    const { freshUntilMs } = partition;
    expect(state.told[0]).toBeLessThan(freshUntilMs);
    expect(state.told).toContain(freshUntilMs);
    const gaps = state.told.map((atMs, i) => (state.told[i + 1] ?? 5_000) - atMs);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(300);
    state.isDark = state.hangs = false;
    schedule.run(8_000);
    state.told = [];
    schedule.run(10_000);
    expect([partition.freshUntilMs > 10_000, state.told]).toEqual([true, []]);
  },
);
