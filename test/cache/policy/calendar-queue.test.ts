// CalendarQueue give slots back in order of when each comes up, and hold together whatever is put in and taken out.
import { expect, test } from "bun:test";
import { assert, constantFrom, double, integer, property, array, tuple } from "fast-check";
import { CalendarQueue } from "../../../src/cache/policy/calendar-queue.ts";
import { Slots } from "../../../src/cache/storage/slots.ts";

const SLOTS = 40;

function take(slots: Slots, count: number): number[] {
  return Array.from({ length: count }, () => slots.take());
}

function leave(rounds: CalendarQueue): number {
  const slot = rounds.oldest();
  rounds.remove(slot);
  return slot;
}

test("are a FIFO among slots of the same worth", () => {
  const slots = new Slots(SLOTS);
  const rounds = new CalendarQueue(slots);
  const all = take(slots, 5);
  for (const slot of all) rounds.push(slot, 1);
  expect(all.map(() => leave(rounds))).toEqual(all);
});

test("pass over what is worth three rounds until the third", () => {
  const slots = new Slots(SLOTS);
  const rounds = new CalendarQueue(slots);
  const [worthy, other] = take(slots, 2) as [number, number];
  rounds.push(worthy, 3);
  rounds.push(other, 1);
  for (let round = 0; round < 2; round++) {
    expect(leave(rounds)).toBe(other);
    rounds.push(other, 1);
  }
  expect([leave(rounds), leave(rounds)]).toEqual([worthy, other]);
});

test("hold together whatever is put in and taken out", () => {
  const move = tuple(constantFrom("in", "out", "oldest"), integer({ max: SLOTS - 1, min: 0 }), double());
  assert(
    property(array(move, { maxLength: 300 }), (moves) => {
      const slots = new Slots(SLOTS);
      const rounds = new CalendarQueue(slots);
      for (const slot of take(slots, SLOTS)) slots.weight[slot] = slot;
      const inside = new Set<number>();
      for (const [kind, slot, worth] of moves) {
        if (kind === "in" && !inside.has(slot)) {
          rounds.push(slot, Number.isNaN(worth) ? 1 : worth);
          inside.add(slot);
        } else if (kind === "out" && inside.delete(slot)) {
          rounds.remove(slot);
        } else if (kind === "oldest" && inside.size > 0) {
          expect(inside.delete(leave(rounds))).toBe(true);
        }
        expect(rounds.verify()).toBe(inside.size);
      }
    }),
  );
});
