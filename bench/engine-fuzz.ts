// A long fuzz of the engine against its model: `bun run fuzz:engine [--seed N] [--steps N] [--rounds N]`.
import { parseArgs } from "node:util";
import { createEngine } from "../src/cache/l1.ts";
import { EVICTION_POLICIES } from "../src/base/settings/eviction.ts";
import { seededRandom } from "../test/cache/support/random.ts";
import { randomStep } from "../test/cache/support/steps.ts";
import { Trial } from "../test/cache/support/trial.ts";

const BUDGETS = [256 * 1024, 1 << 20, 5_000_000, 20 << 20];

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    steps: { type: "string", default: "20000" },
    rounds: { type: "string", default: "10" },
  },
});

for (let round = 0; round < Number(values.rounds); round++) {
  const seed = (Number(values.seed) + round) >>> 0;
  for (const policy of EVICTION_POLICIES) {
    const random = seededRandom(seed);
    const bytesMax = BUDGETS[Math.floor(random() * BUDGETS.length)]!;
    const keys = Math.floor(10 ** (1 + random() * 2.7));
    const trial = new Trial((isValid) => createEngine({ bytesMax, policy, isValid, random }));
    for (let step = 0; step < Number(values.steps); step++) {
      const next = randomStep(random, keys, trial.engine.recordBytesMax);
      try {
        trial.run(next);
      } catch (error) {
        console.error(`seed ${seed}, ${policy}, ${bytesMax} bytes, ${keys} keys, step ${step}:`, next, error);
        process.exit(1);
      }
    }
  }
  console.log(`seed ${seed}: ${EVICTION_POLICIES.length} policies agree with the model`);
}
