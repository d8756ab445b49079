// The calendar queue gives slots back in the order in which they are due, whatever is put in and taken out.
import { expect, test } from "bun:test";
import { assert, constantFrom, double, integer, property, array, tuple } from "fast-check";
import { CalendarQueue } from "../../../src/cache/policy/calendar-queue.ts";
import { Slots } from "../../../src/cache/storage/slots.ts";
import { heapArena } from "../../../src/cache/memory/arena.ts";

const SLOTS = 40;

function take(slots: Slots, count: number): number[] {
  return Array.from({ length: count }, () => slots.take());
}

function leave(queue: CalendarQueue): number {
  const slot = queue.oldest();
  queue.remove(slot);
  return slot;
}

test("are a FIFO among slots of the same worth", () => {
  const slots = new Slots(SLOTS, heapArena);
  const queue = new CalendarQueue(slots, heapArena);
  queue.clear();
  const all = take(slots, 5);
  for (const slot of all) queue.push(slot, 1);
  expect(all.map(() => leave(queue))).toEqual(all);
});

test("pass over what is worth three rounds until the third", () => {
  const slots = new Slots(SLOTS, heapArena);
  const queue = new CalendarQueue(slots, heapArena);
  queue.clear();
  const [worthy, other] = take(slots, 2) as [number, number];
  queue.push(worthy, 3);
  queue.push(other, 1);
  for (let round = 0; round < 2; round++) {
    expect(leave(queue)).toBe(other);
    queue.push(other, 1);
  }
  expect([leave(queue), leave(queue)]).toEqual([worthy, other]);
});

test("hold together whatever is put in and taken out", () => {
  const move = tuple(constantFrom("in", "out", "oldest"), integer({ max: SLOTS - 1, min: 0 }), double());
  assert(
    property(array(move, { maxLength: 300 }), (moves) => {
      const slots = new Slots(SLOTS, heapArena);
      const queue = new CalendarQueue(slots, heapArena);
      queue.clear();
      for (const slot of take(slots, SLOTS)) slots.weight[slot] = slot;
      const inside = new Set<number>();
      for (const [kind, slot, worth] of moves) {
        if (kind === "in" && !inside.has(slot)) {
          queue.push(slot, Number.isNaN(worth) ? 1 : worth);
          inside.add(slot);
        } else if (kind === "out" && inside.delete(slot)) {
          queue.remove(slot);
        } else if (kind === "oldest" && inside.size > 0) {
          expect(inside.delete(leave(queue))).toBe(true);
        }
        expect(queue.verify()).toBe(inside.size);
      }
    }),
  );
});
