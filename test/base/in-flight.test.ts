// The budget of bytes in flight: never above its bound, shares kept, slow readers cut largest first.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { InFlight, type InFlightKind } from "../../src/base/in-flight.ts";

const MIB = 1024 * 1024;

describe("the budget of bytes in flight", () => {
  test("refuses what does not fit, and takes it once there is room", () => {
    const budget = new InFlight(10, 1);
    expect(budget.take("answer", "a", 7)).toBeTrue();
    expect(budget.take("json", "b", 4)).toBeFalse();
    expect(budget.refused).toBe(1);
    budget.give("answer", "a", 7);
    expect(budget.take("json", "b", 4)).toBeTrue();
    expect(budget.bytesOf("json")).toBe(4);
    expect(budget.bytesOf("answer")).toBe(0);
  });

  test("keeps each owner to its share, so that others find room", () => {
    const budget = new InFlight(100, 0.5);
    expect(budget.take("request_body", "greedy", 50)).toBeTrue();
    expect(budget.take("request_body", "greedy", 1)).toBeFalse();
    expect(budget.take("request_body", "modest", 20)).toBeTrue();
  });

  test("cuts the largest slow reader first, and only as many as it takes", () => {
    const budget = new InFlight(4 * MIB, 1);
    const ended: string[] = [];
    const reader = (name: string, bytes: number) => {
      expect(budget.take("answer", name, bytes)).toBeTrue();
      const holder = {
        heldBytes: bytes,
        cut() {
          ended.push(name);
          budget.give("answer", name, holder.heldBytes);
          holder.heldBytes = 0;
        },
      };
      budget.addCuttable(holder);
    };
    reader("small", MIB / 2);
    reader("large", 1.5 * MIB);
    reader("middle", MIB);
    expect(budget.take("answer", "new", MIB)).toBeTrue();
    expect(ended).toEqual(["large"]);
    expect(budget.cut).toBe(1);
  });

  test("what is taken and given back in any order adds up", () => {
    const kinds = fc.constantFrom<InFlightKind>("request_body", "answer", "tracking");
    const step = fc.record({
      kind: kinds,
      owner: fc.constantFrom("a", "b", "c"),
      bytes: fc.nat(60),
      back: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = new InFlight(200, 0.5);
        const held: { kind: InFlightKind; owner: string; bytes: number }[] = [];
        for (const { kind, owner, bytes, back } of steps) {
          const last = back ? held.pop() : undefined;
          if (last !== undefined) budget.give(last.kind, last.owner, last.bytes);
          else if (budget.take(kind, owner, bytes)) held.push({ kind, owner, bytes });
          const sum = (of: (item: (typeof held)[number]) => boolean) =>
            held.filter(of).reduce((total, item) => total + item.bytes, 0);
          expect(budget.bytes).toBe(sum(() => true));
          expect(budget.bytes).toBeLessThanOrEqual(200);
          expect(budget.bytesOfOwner(owner)).toBe(sum((item) => item.owner === owner));
          expect(budget.bytesOfOwner(owner)).toBeLessThanOrEqual(100);
          expect(budget.bytesOf(kind)).toBe(sum((item) => item.kind === kind));
        }
      }),
    );
  });
});
