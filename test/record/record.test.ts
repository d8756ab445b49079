// The record codec is total: round trips on any content, and refuses damage with a RangeError.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { etagOf, hashOf } from "../../src/record/etag.ts";
import { encodeRecord, RecordView } from "../../src/record/record.ts";

const parts = fc.record({
  contentType: fc.string({ maxLength: 60, unit: "grapheme" }),
  cacheControl: fc.option(fc.string({ maxLength: 60 }), { nil: undefined }),
  tags: fc.array(fc.string({ maxLength: 16, unit: "grapheme" }), { maxLength: 32 }),
  expiresAtWallMs: fc.oneof(
    fc.constant(Number.POSITIVE_INFINITY),
    fc.double({ min: 0, max: 1e15, noNaN: true }),
  ),
  n: fc.nat(),
  hash: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  variants: fc.tuple(
    fc.uint8Array({ maxLength: 300 }),
    fc.option(fc.uint8Array({ maxLength: 99 }), { nil: undefined }),
    fc.option(fc.uint8Array({ maxLength: 99 }), { nil: undefined }),
    fc.option(fc.uint8Array({ maxLength: 99 }), { nil: undefined }),
  ),
});

describe("a record", () => {
  test("comes back as it went in, from anywhere in memory", () => {
    fc.assert(
      fc.property(parts, fc.nat({ max: 9 }), (given, offset) => {
        const encoded = encodeRecord(given);
        const placed = new Uint8Array(encoded.length + offset + 3);
        placed.set(encoded, offset);
        const read = new RecordView(placed.subarray(offset, offset + encoded.length));
        expect({ ...read, hash: read.hash }).toEqual(given);
      }),
    );
  });

  test("cut short, drawn out or damaged is a RangeError or another record, never anything else", () => {
    fc.assert(
      fc.property(
        parts,
        fc.nat(),
        fc.nat({ max: 255 }),
        fc.integer({ min: -5, max: 5 }),
        (given, at, byte, grow) => {
          const encoded = encodeRecord(given);
          const damaged = new Uint8Array(Math.max(0, encoded.length + grow));
          damaged.set(encoded.subarray(0, damaged.length));
          const place = at % damaged.length;
          const isDamaged = damaged.length > 0 && damaged[place] !== byte;
          if (isDamaged) damaged[place] = byte;
          try {
            const read = new RecordView(damaged);
            if (!isDamaged) expect(grow).toBe(0);
            expect(read.body).toBeInstanceOf(Uint8Array);
          } catch (thrown) {
            if (!(thrown instanceof RangeError)) throw thrown;
          }
        },
      ),
    );
  });
});

test("ETags differ by value, content type and coding", () => {
  const body = Buffer.from("v");
  const etags = [
    hashOf(body, "text/plain"),
    hashOf(body, "text/html"),
    hashOf(Buffer.from("w"), "text/plain"),
  ].flatMap((hash) => ([0, 1, 2, 3] as const).map((coding) => etagOf(hash, coding)));
  expect(new Set(etags).size).toBe(12);
  for (const etag of etags) expect(etag).toMatch(/^"[0-9a-f]{16}(?:-br|-gz|-zs)?"$/);
});
