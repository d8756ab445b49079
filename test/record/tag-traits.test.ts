// A record's traits have the bits of each of its tags, and few others.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeRecord } from "../../src/record/record.ts";
import { tagTraits, traitsIn } from "../../src/record/tag-traits.ts";

const tag = fc.string({ maxLength: 16, unit: "grapheme" });

function recordWith(tags: readonly string[], cacheControl?: string): Uint8Array {
  const rest = { contentType: "text/plain", expiresAtWallMs: Number.POSITIVE_INFINITY, n: 1, hash: 1n };
  return encodeRecord({ ...rest, cacheControl, tags, variants: [new Uint8Array(3)] });
}

test("a record has the bits of all its tags, and none where it has no tags", () => {
  fc.assert(
    fc.property(
      fc.array(tag, { maxLength: 32 }),
      fc.option(tag, { nil: undefined }),
      (tags, cacheControl) => {
        const traits = traitsIn(recordWith(tags, cacheControl));
        for (const one of tags) expect(traits & tagTraits(one)).toBe(tagTraits(one));
        if (tags.length === 0) expect(traits).toBe(0);
      },
    ),
  );
});

test("of records with another tag one in a thousand has a tag's bits", () => {
  const wanted = tagTraits("tag");
  let taken = 0;
  for (let i = 0; i < 100_000; i++) if ((tagTraits(`tag-${i}`) & wanted) === wanted) taken += 1;
  expect(taken).toBeLessThan(200);
});
