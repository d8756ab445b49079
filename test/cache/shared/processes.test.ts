// Several processes read and write one memory at once: what they see could have been seen one after another, whatever
// becomes of one of them.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { TURN } from "../../../src/cache/shared/layout.ts";
import { until } from "../../support/until.ts";
import { engineOf } from "../support/shared-engines.ts";
import { seededRandom } from "../support/random.ts";
import { faultIn } from "./support/history.ts";
import { hammeredMemory, startHammer } from "./support/hammers.ts";

const MIB = 2 ** 20;
const SEED = Math.floor(Math.random() * 2 ** 31);
const orders = { steps: 15_000, keys: 6, bytesMax: 3_000, writeShare: 0.5 };

test(`three processes at the same few keys, seed ${SEED}`, async () => {
  const memory = hammeredMemory(4 * MIB);
  const hammers = [2, 3, 4].map((own) => startHammer(memory, { ...orders, own, seed: SEED + own }));
  const seen = await Promise.all(hammers.map(({ done }) => done));
  const operations = seen.flatMap((one) => one!.operations);
  expect(operations.length).toBeGreaterThan(orders.steps);
  expect(faultIn(operations, false)).toBeUndefined();
  engineOf(memory.memory, 7).verify();
});

test(`three processes that evict one another's entries, seed ${SEED}`, async () => {
  const memory = hammeredMemory(300_000);
  const hammers = [2, 3, 4].map((own) =>
    startHammer(memory, { ...orders, own, seed: SEED + own, keys: 400, bytesMax: 6_000 }),
  );
  const seen = await Promise.all(hammers.map(({ done }) => done));
  expect(
    faultIn(
      seen.flatMap((one) => one!.operations),
      true,
    ),
  ).toBeUndefined();
  const engine = engineOf(memory.memory, 7);
  engine.verify();
  expect(engine.stats().evictions.capacity).toBeGreaterThan(0);
});

test(`one is killed at some instruction: its shard is emptied, and the others go on, seed ${SEED}`, async () => {
  const memory = hammeredMemory(MIB);
  const random = seededRandom(SEED);
  const { header } = engineOf(memory.memory, 7).shards[0]!;
  const others = [2, 3].map((own) => startHammer(memory, { ...orders, own, seed: SEED + own }));
  let emptied = 0;
  for (let own = 10; own < 22; own++) {
    const victim = startHammer(memory, { ...orders, own, seed: SEED + own, steps: 1e9, writeShare: 1 });
    await victim.begun;
    // At some instruction: so many locks later, by whoever takes them.
    const turns = header[TURN]! + Math.floor(random() * 1_000);
    await until(() => header[TURN]! >= turns);
    victim.child.kill("SIGKILL");
    await victim.done;
    emptied += memory.keeper.recover(own);
  }
  const seen = await Promise.all(others.map(({ done }) => done));
  expect(
    faultIn(
      seen.flatMap((one) => one!.operations),
      true,
    ),
  ).toBeUndefined();
  engineOf(memory.memory, 30).verify();
  expect(emptied).toBeGreaterThan(0);
});

test(`one is stopped while it writes: the others read on, seed ${SEED}`, async () => {
  const memory = hammeredMemory(MIB);
  const stopped = startHammer(memory, { ...orders, own: 10, seed: SEED, steps: 1e9, writeShare: 1 });
  await stopped.begun;
  const { header } = engineOf(memory.memory, 7).shards[0]!;
  // Stopped again and again until it holds the lock.
  do {
    const turn = header[TURN];
    stopped.child.kill("SIGCONT");
    await until(() => header[TURN] !== turn);
    stopped.child.kill("SIGSTOP");
    await until(() => isStopped(stopped.child.pid));
  } while (header[0] === 0);
  const reader = startHammer(memory, { ...orders, own: 2, seed: SEED + 2, steps: 2_000, writeShare: 0 });
  expect((await reader.done)!.operations).toHaveLength(2_000);
  const writer = startHammer(memory, { ...orders, own: 3, seed: SEED + 3, steps: 20, writeShare: 1 });
  expect((await writer.done)!.refused).toBe(20);
  stopped.child.kill("SIGKILL");
  await stopped.done;
  expect(memory.keeper.recover(10)).toBe(1);
  engineOf(memory.memory, 30).verify();
});

function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.startsWith("T");
}
