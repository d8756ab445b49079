// An acknowledgement waits for the workers that have yet to take the change in, and for none longer than the bound.

import { expect, test } from "bun:test";
import type { Timers } from "../../src/base/timers.ts";
import { SiblingBarrier } from "../../src/workers/sibling-barrier.ts";

function barrierOf(...ports: string[]) {
  const due = new Set<() => void>();
  const timers: Timers = {
    after(_ms, task) {
      due.add(task);
      return () => due.delete(task);
    },
  };
  const barrier = new SiblingBarrier<string>(timers);
  for (const port of ports) barrier.join(port);
  const told: string[] = [];
  const released: string[] = [];
  return {
    barrier,
    told,
    released,
    change(by: string, name: string): void {
      barrier.tell((port, number) => told.push(`${port}${number}`));
      barrier.whenSeen(by, (isLate) => released.push(isLate ? `${name} late` : name));
    },
    pass(): void {
      const tasks = [...due];
      due.clear();
      for (const task of tasks) task();
    },
    due,
  };
}

test("a change is released when all others have seen it or a later one, in any order, and once", () => {
  const { barrier, change, released, told, due } = barrierOf("a", "b", "c");
  change("a", "one");
  change("b", "two");
  expect(told).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"]);
  barrier.seen("c", 2);
  expect(released).toEqual([]);
  barrier.seen("b", 1);
  expect(released).toEqual(["one"]);
  barrier.seen("a", 2);
  expect(released).toEqual(["one", "two"]);
  expect(due.size).toBe(0);
});

test("one that does not answer is late once, until it has caught up", () => {
  const { barrier, change, released, pass } = barrierOf("a", "b");
  change("a", "one");
  pass();
  change("a", "two");
  expect(released).toEqual(["one late", "two"]);
  barrier.seen("b", 1);
  change("a", "three");
  expect(released).toEqual(["one late", "two", "three"]);
  barrier.seen("b", 3);
  change("a", "four");
  expect(released).toHaveLength(3);
  barrier.seen("b", 4);
  expect(released.at(-1)).toBe("four");
});

test("one that has gone is waited for no longer, and one alone waits for nobody", () => {
  const { barrier, change, released } = barrierOf("a", "b");
  change("a", "one");
  barrier.leave("b");
  change("a", "two");
  expect(released).toEqual(["one", "two"]);
  barrier.seen("b", 2);
  barrier.seen("a", Number.NaN);
});
