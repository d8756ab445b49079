// The contract of an engine, for every policy: fixed cases, generated cases, and a short seeded fuzz.
import { describe, expect, test } from "bun:test";
import { array, assert, constant, constantFrom, integer, nat, oneof, property, record } from "fast-check";
import type { Arbitrary } from "fast-check";
import { createEngine } from "../../src/cache/l1.ts";
import type { L1 } from "../../src/cache/l1.ts";
import { EVICTION_POLICIES } from "../../src/base/settings/eviction.ts";
import { randomStep, keyOf } from "./support/steps.ts";
import { seededRandom } from "./support/random.ts";
import { Trial, recordOf } from "./support/trial.ts";
import type { Step } from "./support/trial.ts";

const MIB = 2 ** 20;
const FUZZ_STEPS = 3000;

const key = nat(60).map(keyOf);
const step: Arbitrary<Step> = oneof(
  {
    weight: 6,
    arbitrary: record({
      kind: constantFrom("set", "put"),
      key,
      bytes: oneof(nat(200), nat(20_000), nat(700_000)),
      ttlMs: oneof(constant(Infinity), nat(500), nat(10_000_000)),
    }),
  },
  {
    weight: 6,
    arbitrary: record({
      kind: constantFrom("get", "peek", "delete", "keep", "rewrite", "prefetch", "seek"),
      key,
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      kind: constant("clock" as const),
      byMs: integer({ min: -500, max: 100_000 }),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constant("tick" as const), steps: nat(100) }) },
  { weight: 1, arbitrary: record({ kind: constant("revalidate" as const), every: nat(3) }) },
  { weight: 1, arbitrary: record({ kind: constantFrom("clear", "walk", "randomKey", "hottest") }) },
);

describe.each([...EVICTION_POLICIES])("an engine with %s", (policy) => {
  const create = (bytesMax: number): L1<never> => createEngine({ bytesMax, policy, random: seededRandom(1) });

  test("gives back what was set, for keys and records of every kind", () => {
    const engine = create(MIB);
    for (const name of ["", "a", "é", "ÿ", "Ā", "日本", "\ud800", "a".repeat(5000)]) {
      for (const bytes of [0, 1, 7, 8, 9, 4096]) {
        expect(engine.set(name, recordOf(bytes, bytes), 7, Infinity, 0)).toBe(true);
        for (let reads = 0; reads < 4; reads++) {
          expect(engine.get(name, 0)).toMatchObject({ key: name, version: 7, expiresAtMs: Infinity });
          expect(engine.get(name, 0)?.record).toEqual(recordOf(bytes, bytes));
        }
      }
    }
    engine.verify();
  });

  test("tells keys apart whose bytes are the same in another encoding", () => {
    const engine = create(MIB);
    engine.set("ab", recordOf(1, 1), 1, Infinity, 0);
    expect(engine.get("\u6261", 0)).toBeUndefined();
  });

  test("refuses what is larger than its limit, and then changes nothing", () => {
    const engine = create(MIB);
    engine.set("k", recordOf(1, 10), 1, Infinity, 0);
    expect(engine.set("k", new Uint8Array(engine.recordBytesMax), 2, Infinity, 0)).toBe(false);
    expect(engine.get("k", 0)?.version).toBe(1);
    expect(engine.set("k", new Uint8Array(engine.recordBytesMax - 1), 3, Infinity, 0)).toBe(true);
    expect(engine.get("k", 0)?.version).toBe(3);
    engine.verify();
  });

  test("takes the largest value from 16 MB upwards", () => {
    for (const bytesMax of [16e6, 16 * MIB, 64 * MIB]) {
      const engine = create(bytesMax);
      expect(engine.recordBytesMax).toBeGreaterThanOrEqual(8 * MIB);
      for (let i = 0; i < 20_000; i++) engine.set(keyOf(i), recordOf(i, 1000), i, Infinity, 0);
      expect(engine.set("big", recordOf(5, engine.recordBytesMax - 3), 5, Infinity, 0)).toBe(true);
      expect(engine.get("big", 0)?.record.byteLength).toBe(engine.recordBytesMax - 3);
      engine.verify();
    }
  });

  test("keeps a memo for an entry that is read often, until the entry changes", () => {
    const engine = createEngine<string>({ bytesMax: MIB, policy });
    engine.set("k", recordOf(1, 10), 1, Infinity, 0);
    expect(engine.isHot(engine.get("k", 0)!)).toBe(false);
    for (let reads = 0; reads < 4; reads++) engine.get("k", 0);
    const entry = engine.get("k", 0)!;
    expect(engine.isHot(entry)).toBe(true);
    expect(engine.keep(entry, "memo", 100)).toBe(true);
    expect(engine.get("k", 0)?.memo).toBe("memo");
    expect(engine.keep(entry, "huge", MIB)).toBe(false);
    engine.set("k", recordOf(2, 10), 2, Infinity, 0);
    expect(engine.get("k", 0)?.memo).toBeUndefined();
    engine.verify();
  });

  test("asks about each entry once after a revalidation", () => {
    const asked: string[] = [];
    const engine = createEngine<never>({
      bytesMax: MIB,
      policy,
      isValid: (entry) => {
        asked.push(entry.key);
        return entry.key !== "b";
      },
    });
    for (const name of ["a", "b", "c"]) engine.set(name, recordOf(1, 10), 1, Infinity, 0);
    for (let reads = 0; reads < 4; reads++) for (const name of ["a", "b"]) engine.get(name, 0);
    expect(asked).toEqual([]);
    engine.revalidate();
    for (let reads = 0; reads < 3; reads++) {
      expect(engine.get("a", 0)?.key).toBe("a");
      expect(engine.get("b", 0)).toBeUndefined();
    }
    expect(engine.tick(0, 100)).toBeLessThan(100);
    expect(asked).toEqual(["a", "b", "c"]);
    expect(engine.stats().evictions.invalidated).toBe(1);
    engine.revalidate();
    engine.set("a", recordOf(1, 10), 2, Infinity, 0);
    expect(engine.get("a", 0)?.version).toBe(2);
    expect(asked).toEqual(["a", "b", "c"]);
  });

  test("stays within the budget whatever it is given", () => {
    const engine = create(2 * MIB);
    const random = seededRandom(3);
    for (let i = 0; i < 20_000; i++) {
      engine.set(keyOf(i), new Uint8Array(Math.floor(random() ** 6 * 500_000)), i, Infinity, 0);
      if (engine.stats().bytes > 2 * MIB || engine.allocatedBytes > 2 * MIB)
        throw new Error(`exceeded at ${i}`);
    }
    engine.verify();
    engine.clear();
    expect(engine.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  test("agrees with a model, step by step", () => {
    assert(
      property(array(step, { maxLength: 120 }), nat(), (steps, seed) => {
        const trial = new Trial((isValid) =>
          createEngine({ bytesMax: MIB, policy, isValid, random: seededRandom(seed) }),
        );
        for (const one of steps) trial.run(one);
      }),
      { numRuns: 200 },
    );
  });

  test("agrees with a model over a seeded fuzz", () => {
    const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
    console.log(`fuzz of ${policy} with FUZZ_SEED=${seed}`);
    const random = seededRandom(seed);
    const trial = new Trial((isValid) => createEngine({ bytesMax: MIB, policy, isValid, random }));
    for (let i = 0; i < FUZZ_STEPS; i++) trial.run(randomStep(random, 400, trial.engine.recordBytesMax));
  });
});
