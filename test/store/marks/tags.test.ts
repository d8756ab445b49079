// Purging tags removes and counts what has them, at once and in the background, whatever else there is.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { systemClock } from "../../../src/base/clock.ts";
import { createEngine } from "../../../src/cache/l1.ts";
import { Compressor } from "../../../src/record/compressor.ts";
import { EmbeddedStore } from "../../../src/store/embedded/embedded-store.ts";

const OWNER = "owner";
const key = fc.integer({ min: 0, max: 30 }).map((i) => `k${i}`);
const tags = fc.uniqueArray(fc.constantFrom("a", "b", "c", "é", "d".repeat(64)), { maxLength: 4 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), key, tags }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("purge" as const),
      tags: tags.filter((some) => some.length > 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("prefix" as const), prefix: key }) },
);

test("a store without Redis and a plain map of tags agree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const store = new EmbeddedStore<never>({
        createEngine: (validation) => createEngine<never>({ bytesMax: 2 ** 20, ...validation }),
        clock: systemClock,
        compressor: new Compressor(),
        epoch: "test",
      });
      const model = new Map<string, readonly string[]>();
      const present = () =>
        [...model.keys()].filter((one) => store.engine.peek(one, systemClock.nowMs()) !== undefined);
      for (const one of steps) {
        if (one.kind === "set") {
          model.set(one.key, one.tags);
          const body = Buffer.from("v");
          store.write(one.key, {
            body,
            contentType: "t",
            cacheControl: undefined,
            ttlMs: undefined,
            tags: one.tags,
          });
          continue;
        }
        const gone = [...model].filter(([name, own]) =>
          one.kind === "prefix" ? name.startsWith(one.prefix) : own.some((tag) => one.tags.includes(tag)),
        );
        for (const [name] of gone) model.delete(name);
        const target = one.kind === "prefix" ? one : ({ kind: "tags", tags: one.tags } as const);
        const counted = store.invalidate(target, OWNER);
        expect(present()).toEqual([...model.keys()]);
        expect(await counted).toEqual({ kind: "invalidated", count: gone.length });
        expect(store.count()).toBe(model.size);
      }
    }),
    { numRuns: 40 },
  );
}, 30_000);
