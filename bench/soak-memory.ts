// Several processes at one shared memory for as long as wanted, one killed again and again: `bun run soak:memory
// [--minutes N] [--processes N] [--seed N]`. Each round's history has to be linearisable, key by key.

import { parseArgs } from "node:util";
import { engineOf } from "../test/cache/support/shared-engines.ts";
import { seededRandom } from "../test/cache/support/random.ts";
import { faultIn } from "../test/cache/shared/support/history.ts";
import { hammeredMemory, startHammer } from "../test/cache/shared/support/hammers.ts";

const BUDGETS = [300_000, 2 ** 20, 4 * 2 ** 20, 64 * 2 ** 20];
const STEPS = 30_000;
const VICTIM_MS_MAX = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    processes: { type: "string", default: "3" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const random = seededRandom(Number(values.seed));
const untilMs = Date.now() + Number(values.minutes) * 60_000;
console.log(`seed ${values.seed}`);
for (let round = 1; Date.now() < untilMs; round++) {
  const memory = hammeredMemory(BUDGETS[Math.floor(random() * BUDGETS.length)]!);
  const bytesMax = Math.floor(10 ** (1 + random() * 3));
  const keys = Math.floor(10 ** (random() * 3)) + 1;
  const orders = { steps: STEPS, bytesMax, keys, writeShare: 0.1 + 0.8 * random() };
  const seed = () => Math.floor(random() * 2 ** 31);
  const hammers = Array.from({ length: Number(values.processes) }, (_, i) =>
    startHammer(memory, { ...orders, own: 2 + i, seed: seed() }),
  );
  const state = { isOver: false };
  const done = Promise.all(hammers.map((hammer) => hammer.done)).finally(() => (state.isOver = true));
  let emptied = 0;
  for (let own = 1_000; !state.isOver; own++) {
    const victim = startHammer(memory, { ...orders, own, seed: seed(), steps: 1e9, writeShare: 1 });
    await victim.begun;
    await Bun.sleep(random() * VICTIM_MS_MAX);
    victim.child.kill("SIGKILL");
    await victim.done;
    emptied += memory.keeper.recover(own);
  }
  const operations = (await done).flatMap((seen) => seen!.operations);
  const fault = faultIn(operations, true);
  engineOf(memory.memory, 7).verify();
  if (fault !== undefined) {
    console.error(`round ${round}: ${fault}`);
    process.exit(1);
  }
  console.log(`round ${round}: ${operations.length} operations, ${emptied} shards emptied`);
}
process.exit(0);
