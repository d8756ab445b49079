// How late the event loop is, and what is said to have held it.

import { expect, test } from "bun:test";
import { LOOP_BLOCKED_LOG_MS, LOOP_BLOCKED_MS_MIN, LOOP_DELAY_TICK_MS } from "../../src/base/limits.ts";
import type { LogFields } from "../../src/base/log.ts";
import { LoopWork } from "../../src/base/loop/loop-work.ts";
import { LoopDelay } from "../../src/observe/loop-delay.ts";

/** A loop whose clock a test sets, and whose thread had the processor for as long as `runs` says. */
class Loop {
  readonly work = new LoopWork();
  readonly lines: LogFields[] = [];
  readonly delay: LoopDelay;
  isRunning = true;
  #nowMs = 0;
  #cpuMs = 0;

  constructor() {
    this.delay = new LoopDelay({
      nowNs: () => this.#nowMs * 1e6,
      cpuUs: () => this.#cpuMs * 1_000,
      work: this.work,
      log: { warn: (_event, fields = {}) => void this.lines.push(fields) },
    });
    this.delay.start();
    this.delay.stop();
  }

  /** Work of the kind `name` begins, and takes `ms`. */
  does(name: string, ms: number): this {
    this.work.begin(this.work.kind(name), this.#nowMs * 1e6);
    return this.passes(ms);
  }

  passes(ms: number): this {
    this.#nowMs += ms;
    if (this.isRunning) this.#cpuMs += ms;
    return this;
  }

  tick(): this {
    this.delay.tick();
    return this;
  }

  get blocked(): Record<string, number> {
    return Object.fromEntries(this.delay.blocked());
  }
}

test("the event loop's delay is the time from when a tick was due to when it came", () => {
  const loop = new Loop();
  for (const ms of [LOOP_DELAY_TICK_MS, LOOP_DELAY_TICK_MS + 300, LOOP_DELAY_TICK_MS - 1])
    loop.passes(ms).tick();
  const { delays } = loop.delay;
  expect(delays.count).toBe(3);
  expect(delays.summary().maxUs).toBe(300_000);
  expect(delays.countBelow(2 ** 8)).toBe(2);
});

test("what took most of the time since a tick was due is said to have held the loop", () => {
  const loop = new Loop();
  loop
    .does("sweep", LOOP_DELAY_TICK_MS + 10)
    .does("batch", 3 * LOOP_BLOCKED_MS_MIN)
    .does("get", 40)
    .tick();
  expect(loop.blocked).toEqual({ batch: 1 });
  expect(loop.lines).toEqual([{ by: "batch", ms: 3 * LOOP_BLOCKED_MS_MIN + 50, times: 1 }]);
});

test("many short pieces of work hold the loop together", () => {
  const loop = new Loop();
  loop.passes(LOOP_DELAY_TICK_MS);
  for (let i = 0; i < LOOP_BLOCKED_MS_MIN; i++) loop.does("get", 3).does("set", 1);
  expect(loop.tick().blocked).toEqual({ get: 1 });
});

test("neither what was done before the tick was due nor the time without work counts", () => {
  const loop = new Loop();
  loop
    .does("early", 5)
    .passes(LOOP_DELAY_TICK_MS - 5)
    .tick();
  expect(loop.blocked).toEqual({});
  // Nothing has begun since the tick: nobody knows what it was.
  loop.passes(LOOP_DELAY_TICK_MS + LOOP_BLOCKED_MS_MIN).tick();
  expect(loop.blocked).toEqual({ other: 1 });
  loop
    .does("early", LOOP_DELAY_TICK_MS + 1)
    .does("late", LOOP_BLOCKED_MS_MIN)
    .tick();
  expect(loop.blocked).toEqual({ other: 1, late: 1 });
});

test("a delay below the bound is nobody's", () => {
  const loop = new Loop();
  loop.does("get", LOOP_DELAY_TICK_MS + LOOP_BLOCKED_MS_MIN - 1).tick();
  expect(loop.blocked).toEqual({});
  expect(loop.lines).toEqual([]);
});

test("a thread that did not have the processor was held by the machine", () => {
  const loop = new Loop();
  loop.does("get", LOOP_DELAY_TICK_MS);
  loop.isRunning = false;
  loop.passes(2 * LOOP_BLOCKED_MS_MIN).tick();
  expect(loop.blocked).toEqual({ machine: 1 });
});

test("the log is told of the worst at most once in its pause, and of how many there were", () => {
  const loop = new Loop();
  const held = (name: string, ms: number) => loop.does(name, LOOP_DELAY_TICK_MS + ms).tick();
  held("first", 60);
  held("second", 70);
  held("third", 90);
  held("fourth", 80);
  expect(loop.lines.map(({ by }) => by)).toEqual(["first"]);
  for (let ms = 0; ms < LOOP_BLOCKED_LOG_MS; ms += LOOP_DELAY_TICK_MS) loop.passes(LOOP_DELAY_TICK_MS).tick();
  expect(loop.lines).toEqual([
    { by: "first", ms: 60, times: 1 },
    { by: "third", ms: 90, times: 3 },
  ]);
});
