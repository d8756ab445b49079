// Marks say of every entry what a walk over all of them would, and nobody's marks cost another owner's.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Marks } from "../../../src/store/marks/marks.ts";
import { PrefixIndex } from "../../../src/store/marks/prefix-index.ts";

const NO_LEASE = () => Number.POSITIVE_INFINITY;
const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "\u{10000}"), maxLength: 5 });
const BOUNDS = { ofOwner: 4, inAll: 6 };

describe("the index of prefixes", () => {
  test("finds the longest prefix that is wanted, whatever was added and removed", () => {
    const step = fc.record({ text: word, isAdded: fc.boolean(), value: fc.nat(5) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(word, { minLength: 1 }),
        fc.nat(5),
        (steps, keys, least) => {
          const index = new PrefixIndex<number>();
          const model = new Map<string, number>();
          for (const { text, isAdded, value } of steps) {
            if (isAdded) index.set(text, value);
            else index.delete(text);
            if (isAdded) model.set(text, value);
            else model.delete(text);
            expect(index.get(text)).toBe(model.get(text));
          }
          expect(index.size).toBe(model.size);
          for (const key of keys) {
            const wanted = [...model].filter(([text, value]) => key.startsWith(text) && value >= least);
            const longest = wanted.sort(([one], [other]) => other.length - one.length)[0];
            expect(index.find(key, (value) => value >= least)).toBe(longest?.[1]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("marks", () => {
  test("cover what is as old as they are, by prefix and by tag", () => {
    const target = fc.oneof(
      word.map((prefix) => ({ kind: "prefix" as const, prefix })),
      fc.array(word, { minLength: 1, maxLength: 3 }).map((tags) => ({ kind: "tags" as const, tags })),
      fc.constant({ kind: "all" as const }),
    );
    const entry = fc.record({ key: word, n: fc.nat(20), tags: fc.array(word, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(target, { maxLength: 15 }), fc.array(entry), (targets, entries) => {
        const marks = new Marks(NO_LEASE);
        for (const [i, one] of targets.entries()) expect(marks.add(one, i + 1, "o")).toBeDefined();
        for (const { key, n, tags } of entries) {
          const isCovered = targets.some((one, i) => {
            if (n > i + 1) return false;
            if (one.kind === "tags") return one.tags.some((tag) => tags.includes(tag));
            return one.kind === "all" || key.startsWith(one.prefix);
          });
          expect(marks.covering(key, n, () => tags) !== undefined).toBe(isCovered);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("are counted for their owner; past the bound they are refused, and others go on", () => {
    const marks = new Marks(NO_LEASE, BOUNDS);
    const tags = (...names: string[]) => ({ kind: "tags" as const, tags: names });
    const first = marks.add(tags("a", "b", "c", "d"), 1, "greedy")!;
    expect(marks.add(tags("e"), 2, "greedy")).toBeUndefined();
    expect(marks.covering("k", 1, () => ["e"])).toBeUndefined();
    // The same again takes no more room.
    const again = marks.add(tags("a"), 3, "greedy")!;
    expect(marks.covering("k", 3, () => ["a"])).toBe(again[0]!);
    expect(marks.add(tags("x", "y"), 4, "other")).toBeDefined();
    expect(marks.add(tags("z"), 5, "other")).toBeUndefined();
    marks.swept([...first, ...again]);
    expect(marks.add(tags("e", "f", "g", "h"), 6, "greedy")).toBeDefined();
    expect(marks.covering("k", 1, () => ["a"])).toBeUndefined();
  });

  test("stay, swept or not, while a lease from before them is held", () => {
    let leaseN = 3;
    const marks = new Marks(() => leaseN, BOUNDS);
    const prefix = (text: string, n: number) => marks.add({ kind: "prefix", prefix: text }, n, "o")!;
    const [before, after] = [prefix("a", 3), prefix("b", 4)];
    marks.swept([...before, ...after]);
    expect(marks.unswept).toBe(0);
    expect(marks.covering("a", 1, () => [])).toBeUndefined();
    expect(marks.covering("b", 4, () => [])).toBe(after[0]!);
    leaseN = 4;
    marks.swept([]);
    expect(marks.covering("b", 4, () => [])).toBeUndefined();
  });
});
