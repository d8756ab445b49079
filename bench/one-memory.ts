// The command `bench:one-memory`: what workers with one memory hold, and threads beside processes; see docs/one-memory.md.

import { parseArgs } from "node:util";
import { machine } from "./load/machine.ts";
import { tableOf } from "./load/table.ts";
import { measureEngines } from "./one-memory/engine-costs.ts";
import { measureFailures } from "./one-memory/failures.ts";
import { measureInstances, measureWithRedis } from "./one-memory/instance-table.ts";
import { measureLoad } from "./one-memory/load.ts";
import { timeBesideRival, timeByMemory } from "./one-memory/look-ups.ts";
import { measureRequests, REQUEST_COLUMNS } from "./one-memory/request-costs.ts";
import { countTornReads } from "./one-memory/torn-reads.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
  },
});
const COUNTS = [1, 2, 4, 8];
const about = machine();
const print = (title: string, table: string) => process.stdout.write(`\n${title}\n\n${table}\n`);
process.stdout.write(`${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}\n`);
print(
  "An instance with 64 MB, 45,000 values of 1,000 bytes",
  tableOf(["workers", "readable", "hit rate", "PSS, MB", "ms a batch"], await measureInstances(COUNTS)),
);
print(
  "The same with Redis",
  tableOf(["workers", "readable", "hit rate", "PSS, MB", "ms a batch"], await measureWithRedis(COUNTS)),
);
print(
  "CPU µs a request",
  tableOf([...REQUEST_COLUMNS], await measureRequests(COUNTS, Number(values.rounds))),
);
print("The engine, ns", tableOf(["operation", "alone", "shared"], measureEngines()));
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
