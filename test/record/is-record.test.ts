// The cheap check of a record agrees with the reading of it, whatever byte of it is wrong.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { METADATA_BYTES_MAX, TAG_BYTES_MAX, TAGS_MAX } from "../../src/base/limits.ts";
import { VARIANT_BYTES_AT } from "../../src/record/layout.ts";
import { isRecord } from "../../src/record/is-record.ts";
import { encodeRecord, RecordView } from "../../src/record/record.ts";

const FIELD = /^[\t -~\u0080-\u00ff]*$/;

/** What the check promises: readers can decode it, and answers can carry its type and Cache-Control as fields. */
function isReadable(bytes: Uint8Array): boolean {
  try {
    const { contentType, cacheControl = "", tags } = new RecordView(bytes);
    const isFields = [contentType, cacheControl].every(
      (text) => FIELD.test(text) && new TextEncoder().encode(text).length <= METADATA_BYTES_MAX,
    );
    const isTagged = tags.every((tag) => new TextEncoder().encode(tag).length <= TAG_BYTES_MAX);
    return isFields && isTagged && tags.length <= TAGS_MAX;
  } catch {
    return false;
  }
}

const field = fc.string({ unit: fc.constantFrom("a", "/", " ", "\t", "é", "ÿ", "~"), maxLength: 20 });
const variant = fc.option(fc.uint8Array({ maxLength: 30 }), { nil: undefined });
const record = fc
  .record({
    contentType: field,
    cacheControl: fc.option(field, { nil: undefined }),
    tags: fc.array(fc.string({ unit: "binary", maxLength: 10 }), { maxLength: 4 }),
    body: fc.uint8Array({ maxLength: 30 }),
    others: fc.tuple(variant, variant, variant),
  })
  .map(({ body, others, ...rest }) =>
    encodeRecord({ ...rest, expiresAtWallMs: 5, n: 7, hash: 9n, variants: [body, ...others] }),
  );

test("isRecord says what readers and answers would", () => {
  fc.assert(
    fc.property(record, fc.nat(), fc.nat(255), fc.integer({ min: -3, max: 3 }), (bytes, at, byte, more) => {
      expect(isRecord(bytes)).toBe(true);
      const wrong = new Uint8Array(Math.max(0, bytes.length + more));
      wrong.set(bytes.subarray(0, wrong.length));
      // Its two numbers are not looked at: whoever takes a record in writes them anew.
      const place = at % Math.max(1, wrong.length);
      if (place < 8 || place >= 24) wrong[place] = byte;
      expect(isRecord(wrong)).toBe(isReadable(wrong));
    }),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) =>
      expect(isRecord(bytes)).toBe(isReadable(bytes)),
    ),
  );
});

test("a length of a variant that is not there is no record: readers in place would count it", () => {
  const bytes = encodeRecord({
    contentType: "a",
    cacheControl: undefined,
    tags: [],
    expiresAtWallMs: 5,
    n: 7,
    hash: 9n,
    variants: [new Uint8Array(3)],
  });
  bytes[VARIANT_BYTES_AT + 4] = 1;
  expect(isRecord(bytes)).toBe(false);
  expect(isReadable(bytes)).toBe(false);
});
