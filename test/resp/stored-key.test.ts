// Keys of any bytes: no two are stored alike, every stored key reads back, and Redis's answers are given for all of them.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { keyFault } from "../../src/gate/key.ts";
import { keyBytesOf, storedKeyOf, storedPrefixOf } from "../../src/resp/wire/stored-key.ts";

const piece = fc.oneof(
  fc.constantFrom(
    "a",
    "/",
    ".",
    "..",
    "=",
    "=00",
    "␀",
    "é",
    "\ufffd",
    "\u0000",
    "\u007f",
    "\n",
    "😀",
    "␀=00",
  ),
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.string({ maxLength: 4 }),
);
const key = fc
  .array(piece, { maxLength: 6 })
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));
const RUNS = { numRuns: Number(process.env["CACHEE_TEST_RUNS"] ?? 2_000) };

test("what is stored may be a key, reads back, and is never that of another", () => {
  fc.assert(
    fc.property(key, key, (one, other) => {
      const stored = storedKeyOf(one)!;
      expect(keyFault(stored)).toBeUndefined();
      expect(keyBytesOf(stored).equals(one)).toBe(true);
      if (!one.equals(other)) expect(storedKeyOf(other)).not.toBe(stored);
      const text = one.toString("utf8");
      // A key that may be stored as it is, is, unless it is how another is stored.
      if (keyFault(text) === undefined && !text.includes("␀")) expect(stored).toBe(text);
    }),
    RUNS,
  );
});

test("every key that HTTP may name is that of some bytes", () => {
  fc.assert(
    fc.property(key, (bytes) => {
      const stored = bytes.toString("utf8");
      if (keyFault(stored) !== undefined) return;
      expect(storedKeyOf(keyBytesOf(stored))).toBe(stored);
    }),
    RUNS,
  );
});

test("what a key begins with, its stored form begins with", () => {
  fc.assert(
    fc.property(key, key, (prefix, rest) => {
      const stored = storedKeyOf(Buffer.concat([prefix, rest]))!;
      expect(stored.startsWith(storedPrefixOf(prefix.toString("utf8")))).toBe(true);
    }),
    RUNS,
  );
});

test("some as they stand", () => {
  expect(storedKeyOf(Buffer.from(""))).toBe("␀");
  expect(storedKeyOf(Buffer.from("a\u0000b"))).toBe("a␀=00b");
  expect(storedKeyOf(Buffer.from("shop/../x"))).toBe("shop/␀=2E=2E/x");
  expect(storedKeyOf(Buffer.from([0xac, 0xed, 0, 5, 116]))).toBe("␀=AC=ED=00=05t");
  expect(storedKeyOf(Buffer.from("␀"))).toBe("␀=E2=90=80");
  expect(storedKeyOf(Buffer.from("a␀b"))).toBe("a␀b");
  expect(storedKeyOf(Buffer.from("x".repeat(600)))).toBeUndefined();
});
