// The command `bench:startup`: from the start of the process to the first answer of /health/ready, several times over.

import { parseArgs } from "node:util";
import { startCachee } from "./load/cachee.ts";
import { machine } from "./load/machine.ts";
import { median } from "./load/median.ts";
import { residentBytes } from "./load/process-figures.ts";
import { tableOf } from "./load/table.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "10" }, cpu: { type: "string", default: "1" } },
});
const listeningMs: number[] = [];
const readyMs: number[] = [];
const residentMb: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const startNs = Bun.nanoseconds();
  const cachee = await startCachee({ cpu: Number(values.cpu) });
  listeningMs.push((Bun.nanoseconds() - startNs) / 1e6);
  const { status } = await fetch(`${cachee.url}/health/ready`);
  readyMs.push((Bun.nanoseconds() - startNs) / 1e6);
  residentMb.push(residentBytes(cachee.pid) / 1e6);
  await cachee.stop();
  if (status !== 200) throw new Error(`/health/ready answered ${status}`);
}
const row = (name: string, figures: readonly number[]) =>
  [name, median(figures), Math.min(...figures), Math.max(...figures)] as const;
const about = machine();
process.stdout.write(
  `${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}\n\n` +
    `${tableOf(
      ["", "median", "least", "most"],
      [row("listening, ms", listeningMs), row("ready, ms", readyMs), row("resident, MB", residentMb)],
    )}\n`,
);
