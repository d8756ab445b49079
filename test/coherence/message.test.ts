// The invalidation message: what is sent is read back, and nothing that is received throws.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { openMessage, parseMessage, variantsMessage } from "../../src/coherence/message.ts";
import { closeMessage } from "../support/memory-l2/close-message.ts";
import type { Target } from "../../src/coherence/target.ts";

const text = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });
const target: fc.Arbitrary<Target> = fc.oneof(
  fc.array(text, { maxLength: 20 }).map((keys) => ({ kind: "keys" as const, keys })),
  text.map((prefix) => ({ kind: "prefix" as const, prefix })),
  fc.array(text, { maxLength: 20 }).map((tags) => ({ kind: "tags" as const, tags })),
  fc.constant({ kind: "all" as const }),
);

test("a message is read back as it was sent", () => {
  fc.assert(
    fc.property(target, text, fc.uuid(), fc.maxSafeNat(), (sent, origin, epoch, n) => {
      expect(parseMessage(closeMessage(openMessage(sent, origin), epoch, n, 12.5))).toEqual({
        target: sent,
        origin,
        version: { epoch, n },
        sentAtMs: 12.5,
        variantsOf: undefined,
      });
      expect(parseMessage(variantsMessage("k", origin, epoch, n))).toMatchObject({
        target: { kind: "keys", keys: ["k"] },
        version: undefined,
        variantsOf: n,
      });
    }),
  );
});

test("whatever is published is a message or is not, and never throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.object().map((value) => JSON.stringify(value)),
      ),
      (sent) => {
        const message = parseMessage(sent);
        expect(message === undefined || "target" in message).toBe(true);
      },
    ),
  );
  for (const sent of [
    '{"keys":["a"],"all":true}',
    '{"keys":["a"],"seq":1}',
    '{"keys":["a"],"epoch":"e","seq":1.5}',
    '{"keys":["a"],"origin":7}',
    '{"prefix":""}',
    '{"all":false}',
    `{"keys":${JSON.stringify(Array.from({ length: 1_001 }, () => "k"))}}`,
    `{"keys":["${"k".repeat(5 * 1024 * 1024)}"]}`,
  ]) {
    expect(parseMessage(sent)).toBeUndefined();
  }
});
