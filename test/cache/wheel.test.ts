// The expiry wheel by itself: entries fall due in time, in bounded steps, whatever the clock does.
import { expect, test } from "bun:test";
import { array, assert, nat, property } from "fast-check";
import { Slots } from "../../src/cache/storage/slots.ts";
import { Wheel } from "../../src/cache/storage/wheel.ts";
import { heapArena } from "../../src/cache/memory/arena.ts";

const TURN_MS = 16;

test("every entry falls due within a turn of its time, however the clock leaps", () => {
  assert(
    property(
      array(nat(2 ** 31), { minLength: 1, maxLength: 50 }),
      array(nat(2 ** 28), { maxLength: 50 }),
      (dues, leaps) => {
        const slots = new Slots(dues.length, heapArena);
        const wheel = new Wheel(slots, heapArena);
        wheel.clear();
        const live = new Map(dues.map((dueAtMs) => [slots.take(), dueAtMs]));
        for (const [slot, dueAtMs] of live) wheel.add(slot, dueAtMs, 0);
        let nowMs = 0;
        for (const leap of [...leaps, 2 ** 31]) {
          nowMs += leap;
          while (
            wheel.advance(
              nowMs,
              7,
              (slot) => live.get(slot)!,
              (slot) => {
                if (live.get(slot)! > nowMs) throw new Error("expired too early");
                wheel.remove(slot);
                slots.give(slot);
                live.delete(slot);
              },
            ) >= 7
          );
          expect(wheel.verify()).toBe(live.size);
          for (const dueAtMs of live.values()) expect(dueAtMs).toBeGreaterThan(nowMs - TURN_MS);
        }
      },
    ),
  );
});

test("a leap of a year costs few steps", () => {
  const slots = new Slots(2, heapArena);
  const wheel = new Wheel(slots, heapArena);
  wheel.clear();
  const slot = slots.take();
  const dueAtMs = 365 * 86_400_000;
  wheel.add(slot, dueAtMs, 0);
  const steps = wheel.advance(
    dueAtMs,
    1000,
    () => dueAtMs,
    () => wheel.remove(slot),
  );
  expect(steps).toBeLessThan(20);
  expect(wheel.verify()).toBe(0);
});
