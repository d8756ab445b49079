// `bun run bench:simulate [--seeds N] [--from S] [--seed S] [--shortcuts]`: runs the simulation over many seeds.
//
// --seed replays one and prints its history. --shortcuts counts, for each shortcut, the seeds that show it.

import { parseArgs } from "node:util";
import { SHORTCUTS } from "../test/simulation/shortcuts.ts";
import { simulate, type Scenario } from "../test/simulation/simulate.ts";
import { nextTurn } from "../test/support/until.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    shortcuts: { type: "boolean", default: false },
  },
});

/** Seeds that failed, of `count` from `from` on. Between two the event loop has a turn, or nothing would be freed. */
async function run(from: number, count: number, scenario: Scenario, isQuiet: boolean): Promise<number> {
  let failed = 0;
  let reads = 0;
  let writes = 0;
  let faults = 0;
  const startMs = performance.now();
  for (let seed = from; seed < from + count; seed++) {
    const outcome = simulate(seed, scenario);
    await nextTurn();
    reads += outcome.reads;
    writes += outcome.writes;
    faults += outcome.faults;
    if (outcome.violations.length === 0) continue;
    failed += 1;
    if (!isQuiet) console.log(`seed ${seed}: ${outcome.violations[0]}`);
  }
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  if (!isQuiet) {
    console.log(
      `${count} seeds from ${from}: ${failed} with violations; ${reads} reads, ${writes} writes, ${faults} faults, ${seconds} s`,
    );
  }
  return failed;
}

const from = Number(values.from);
const count = Number(values.seeds);
if (values.seed !== undefined) {
  const outcome = simulate(Number(values.seed), { history: true });
  console.log(outcome.history);
  console.log(outcome.violations.join("\n") || "no violation");
  process.exitCode = outcome.violations.length === 0 ? 0 : 1;
} else if (values.shortcuts) {
  for (const [name, scenario] of Object.entries(SHORTCUTS)) {
    console.log(`${String(await run(from, count, scenario, true)).padStart(6)} of ${count}  ${name}`);
  }
} else {
  process.exitCode = (await run(from, count, {}, false)) === 0 ? 0 : 1;
}
