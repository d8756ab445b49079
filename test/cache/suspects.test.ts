// After a revalidation a sweep asks about the suspects, and whoever reads an entry asks about that one: with one process,
// and with several that share a memory.

import { describe, expect, test } from "bun:test";
import { createEngine } from "../../src/cache/l1.ts";
import type { Engine, Validation } from "../../src/cache/engine.ts";
import { engineOf, memoryFor } from "./support/shared-engines.ts";

const MIB = 2 ** 20;
const ALL = Number.MAX_SAFE_INTEGER;
const ENGINES: Readonly<Record<string, (validation: Validation<never>) => Engine<never>>> = {
  alone: (validation) => createEngine<never>({ bytesMax: MIB, ...validation }),
  shared: (validation) => engineOf<never>(memoryFor(MIB), 0, validation),
};

/** Records whose only byte is their traits. */
const store = (engine: Engine<never>, key: string, traits: number) =>
  engine.set(key, Uint8Array.of(traits), 1, Infinity, 0);

function sweep(engine: Engine<never>): void {
  while (engine.checkedGeneration < engine.newestGeneration) engine.tick(0, 10);
}

describe.each(Object.keys(ENGINES))("an engine, %s,", (name) => {
  test("asks about those that have all bits of a suspect, and about others when they are read", () => {
    const asked: string[] = [];
    let suspects: readonly number[] = [];
    const engine = ENGINES[name]!({
      isValid: ({ key }) => asked.push(key) > 0 && !key.startsWith("old"),
      traitsOf: ([traits]) => traits!,
      suspectsSince: () => suspects,
    });
    for (const [key, traits] of [
      ["none", 0],
      ["one", 1],
      ["old", 3],
      ["three", 7],
      ["four", 4],
    ] as const) {
      store(engine, key, traits);
    }
    suspects = [3, 8];
    engine.revalidate();
    sweep(engine);
    expect(asked.toSorted()).toEqual(["old", "three"]);
    expect(["none", "one", "old", "three"].filter((key) => engine.get(key, 0) !== undefined)).toEqual([
      "none",
      "one",
      "three",
    ]);
    expect(asked.toSorted()).toEqual(["none", "old", "one", "three"]);
    // What takes the place of an entry has its own traits.
    store(engine, "three", 0);
    store(engine, "none", 3);
    asked.length = 0;
    engine.revalidate();
    sweep(engine);
    expect(asked).toEqual(["none"]);
    suspects = [0];
    engine.revalidate();
    sweep(engine);
    expect(asked.toSorted()).toEqual(["four", "none", "none", "one", "three"]);
    engine.verify();
  });

  test("passes over many in one step, and not over all", () => {
    const engine = ENGINES[name]!({ isValid: () => true, traitsOf: () => 1, suspectsSince: () => [2] });
    for (let i = 0; i < 5_000; i++) store(engine, `k${i}`, 1);
    engine.revalidate();
    for (let i = 0; i < 3; i++) engine.tick(0, 4);
    expect(engine.checkedGeneration).toBeLessThan(engine.newestGeneration);
    expect(engine.tick(0, ALL)).toBeLessThan(100);
    expect(engine.checkedGeneration).toBe(engine.newestGeneration);
  });
});

test("a process does not sweep for a generation that it has not learnt of", () => {
  const memory = memoryFor(MIB);
  let isLearnt = false;
  const gone = new Set<string>();
  const validation = { traitsOf: () => 1, suspectsSince: () => [1] };
  const first = engineOf<never>(memory, 0, { ...validation, isValid: ({ key }) => !gone.has(key) });
  // While the second process takes in what there is to know, the first begins another generation, and sweeps.
  const second = engineOf<never>(
    memory,
    1,
    { ...validation, isValid: ({ key }) => !(isLearnt && gone.has(key)) },
    Math.random,
    () => {
      isLearnt = gone.has("old");
      if (isLearnt) return;
      gone.add("old");
      first.revalidate();
      first.tick(0, 10);
    },
  );
  for (let i = 0; i < 100; i++) store(first, `k${i}`, 1);
  store(first, "old", 1);
  first.tick(0, ALL);
  first.revalidate();
  second.tick(0, 120);
  sweep(first);
  // What was swept for is forgotten then.
  gone.clear();
  expect(first.peek("old", 0)).toBeUndefined();
  expect(first.stats().entries).toBe(100);
});
