// Several engines over one memory agree with a model, whichever of them does the next step.
import { describe, expect, test } from "bun:test";
import { EVICTION_POLICIES } from "../../../src/base/settings/eviction.ts";
import { seededRandom } from "../support/random.ts";
import { engineOf, memoryFor } from "../support/shared-engines.ts";
import { randomStep } from "../support/steps.ts";
import type { Entry } from "../../../src/cache/engine.ts";
import { Trial, type Memo } from "../support/trial.ts";

const STEPS = 2_000;
const ENGINES = 3;

describe.each([...EVICTION_POLICIES])("engines with %s", (policy) => {
  test.each([1, 2, 3])("do in turns what one would do, seed %p", (seed) => {
    const random = seededRandom(seed);
    const bytesMax = [300_000, 1 << 20, 5_000_000][seed % 3]!;
    const keys = Math.floor(10 ** (1 + random() * 2.7));
    const memory = memoryFor(bytesMax, policy);
    const creates = Array.from({ length: ENGINES }, (_, index) => {
      return (isValid: (entry: Entry<Memo>) => boolean) => engineOf(memory, index, { isValid }, random);
    });
    const trial = new Trial(...creates);
    let steps = 0;
    for (; steps < STEPS; steps++) {
      const by = Math.floor(random() * ENGINES);
      trial.run(randomStep(random, keys, trial.engine.recordBytesMax), by);
    }
    expect(steps).toBe(STEPS);
  });
});
