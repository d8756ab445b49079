// Readers that wait for a key: woken by its change or in time, and very many of them some at a time.

import { expect, test } from "bun:test";
import { WAITERS_MAX, WAKES_MAX } from "../../src/base/limits.ts";
import type { Timers } from "../../src/base/timers.ts";
import { Waiters } from "../../src/coherence/waiters.ts";

/** Timers that run when a test says so. */
class Steps implements Timers {
  #tasks: { readonly ms: number; readonly task: () => void }[] = [];

  after(ms: number, task: () => void): () => void {
    const entry = { ms, task };
    this.#tasks.push(entry);
    return () => (this.#tasks = this.#tasks.filter((other) => other !== entry));
  }

  /** Runs what is due within `ms`. */
  async run(ms: number): Promise<void> {
    const due = this.#tasks.filter((entry) => entry.ms <= ms);
    this.#tasks = this.#tasks.filter((entry) => entry.ms > ms);
    for (const { task } of due) task();
    await Promise.resolve();
  }
}

/** Waiters of `count` readers of "a", and how many have been woken. */
function waiting(count: number) {
  const steps = new Steps();
  const waiters = new Waiters(steps);
  const state = { woken: 0 };
  for (let i = 0; i < count; i++) void waiters.wait("a", 1_000).then(() => (state.woken += 1));
  return { steps, waiters, state };
}

test("a change wakes those of its key at once, and nobody else", async () => {
  const { steps, waiters, state } = waiting(10);
  let isOtherWoken = false;
  void waiters.wait("b", 1_000).then(() => (isOtherWoken = true));
  waiters.changed("a");
  await Promise.resolve();
  expect([state.woken, isOtherWoken, waiters.isEmpty]).toEqual([10, false, false]);
  await steps.run(1_000);
  expect([isOtherWoken, waiters.isEmpty]).toEqual([true, true]);
});

test("very many are woken some at a time, by a change as by time, and all of them", async () => {
  for (const how of ["change", "time", "all"]) {
    const { steps, waiters, state } = waiting(2 * WAKES_MAX + 1);
    if (how === "time") await steps.run(1_000);
    else waiters.changed(how === "change" ? "a" : undefined);
    if (how === "all") await steps.run(0);
    await Promise.resolve();
    expect(state.woken).toBe(WAKES_MAX);
    await steps.run(0);
    expect(state.woken).toBe(2 * WAKES_MAX);
    await steps.run(0);
    expect([state.woken, waiters.isEmpty]).toEqual([2 * WAKES_MAX + 1, true]);
  }
});

test("past the bound one does not wait; those that are still to be woken count", async () => {
  const { waiters } = waiting(WAITERS_MAX);
  expect(await waiters.wait("b", 1_000)).toBe(false);
  waiters.changed("a");
  for (let i = 0; i < WAKES_MAX; i++) void waiters.wait("b", 1_000);
  expect(await waiters.wait("b", 1_000)).toBe(false);
});
