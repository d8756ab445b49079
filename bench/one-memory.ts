// The command `bench:one-memory`: threads over a SharedArrayBuffer beside processes over a mapped file; see docs/one-memory.md.

import { parseArgs } from "node:util";
import { machine } from "./load/machine.ts";
import { tableOf } from "./load/table.ts";
import { measureFailures } from "./one-memory/failures.ts";
import { measureLoad } from "./one-memory/load.ts";
import { timeBesideRival, timeByMemory } from "./one-memory/look-ups.ts";
import { countTornReads } from "./one-memory/torn-reads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
  },
});
const about = machine();
const print = (title: string, table: string) => process.stdout.write(`\n${title}\n\n${table}\n`);
process.stdout.write(`${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}\n`);
print(
  "A look-up of 1 KiB, ns",
  tableOf(["memory", "keys", "find", "and copy", "Atomics.load", "own fence"], timeByMemory()),
);
print(
  "The same beside a second thread that does it, ns",
  tableOf(["keys", "find", "and copy", "Atomics.load", "own fence"], await timeBesideRival()),
);
print(
  "Copies of one key while a thread writes it",
  tableOf(["way", "let through", "torn", "refused"], await countTornReads()),
);
print("What ends with a worker", tableOf(["end", "thread", "process"], await measureFailures()));
print(
  "HTTP, 1 KiB, 10,000 keys",
  tableOf(
    ["workers", "requests/s", "CPU µs a request"],
    await measureLoad(Number(values.rounds), Number(values.seconds)),
  ),
);
process.exit(0);
