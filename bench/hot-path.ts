// The command `bench`: each step of a hit on its own, and the whole of it in memory, by mitata. See README.md.

import { bench, do_not_optimize, run } from "mitata";
import { createSteps } from "./fixtures.ts";

for (const step of await createSteps()) {
  bench(step.name, () => do_not_optimize(step.run()));
}
await run();
process.exit(0);
