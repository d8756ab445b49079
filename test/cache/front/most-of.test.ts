// The highest of many in one pass are those that sorting gives.
import fc from "fast-check";
import { expect, test } from "bun:test";
import { mostOf } from "../../../src/cache/front/most-of.ts";

test("they are the first of all, sorted", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(20), (values, count) => {
      const sorted = values.toSorted((a, b) => b - a).slice(0, count);
      expect(mostOf(values, count, (value) => value)).toEqual(sorted);
    }),
  );
});
