// The command `bench:targets`: each aim of this project's speed beside what is reached, in one table. See README.md.

import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "./load/machine.ts";
import { tableOf } from "./load/table.ts";
import { tablesOf } from "./peers/summary.ts";
import { measureAll } from "./targets/measured.ts";
import { isMet, rowsOf } from "./targets/rows.ts";

const HELP = `bun run bench:targets [options]
  --rounds N        turns of each server (5)
  --seconds N       of one turn (1)
  --starts N        fresh servers (20)
  --edge-minutes N  of the run with writes at the edge of the budget, half of it without (10); 0: none
  --server-cpu N    the servers' core (1); --load-cpu N the generator's (0)
  --out DIR         for targets.json (bench/results)
`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    starts: { type: "string", default: "20" },
    "edge-minutes": { type: "string", default: "10" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
    out: { type: "string", default: `${import.meta.dir}/results` },
    help: { type: "boolean", default: false },
  },
});

async function report(): Promise<void> {
  const measured = await measureAll({
    cores: { server: Number(values["server-cpu"]), load: Number(values["load-cpu"]) },
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    starts: Number(values.starts),
    edgeMinutes: Number(values["edge-minutes"]),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const about = machine();
  const rows = rowsOf(measured);
  const cells = rows.map((row) => [
    row.what,
    `${row.isLeast ? "≥" : "≤"} ${row.goal}`,
    row.reached,
    Number.isNaN(row.reached) ? "not measured" : isMet(row) ? "met" : "missed",
  ]);
  const parts = [measured.http, measured.keys, measured.gets, measured.mgets];
  process.stdout.write(
    `${parts.map(tablesOf).join("\n\n")}\n\n` +
      `${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}; ${values.rounds} rounds of ${values.seconds} s\n\n` +
      `${tableOf(["target", "goal", "reached", ""], cells)}\n`,
  );
  const { out, ...options } = values;
  mkdirSync(out, { recursive: true });
  const result = { machine: about, options, rows, measured };
  await Bun.write(`${out}/targets.json`, `${JSON.stringify(result, undefined, 1)}\n`);
}

if (values.help) process.stdout.write(HELP);
else await report();
