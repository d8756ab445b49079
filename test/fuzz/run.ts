// The command behind `bun run fuzz:NAME`: fuzzes one part for so many minutes. `--help` lists what it can be told.

import { parseArgs } from "node:util";
import { startCoverage } from "./support/coverage.ts";
import { fuzz, type Fuzzer } from "./support/fuzzer.ts";

/** Each is imported only once coverage is being counted. */
const FUZZERS: Readonly<Record<string, (seed: number) => Promise<Fuzzer>>> = {
  http: async (seed) => (await import("./fuzzers/http.ts")).httpFuzzer(seed),
  records: async () => (await import("./fuzzers/records.ts")).recordFuzzer(),
  redis: async (seed) => (await import("./fuzzers/redis.ts")).redisFuzzer(seed),
  resp: async () => (await import("./fuzzers/resp.ts")).respFuzzer(),
  websocket: async () => (await import("./fuzzers/websocket.ts")).websocketFuzzer(),
};

const HELP = `bun test/fuzz/run.ts ${Object.keys(FUZZERS).join("|")} [--minutes N | --seconds N] [--seed S] [--from N] [--count N]

  --minutes, --seconds  how long it runs (1 minute)
  --seed                of all its inputs; random unless given, and printed
  --from, --count       numbers of the first input and of how many there are: to repeat one that failed
  --concurrent          inputs at a time (8)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "1" },
    seconds: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    from: { type: "string", default: "0" },
    count: { type: "string", default: "Infinity" },
    concurrent: { type: "string", default: "8" },
    help: { type: "boolean", default: false },
  },
});
const make = FUZZERS[positionals[0] ?? ""];
if (values.help || make === undefined) {
  console.log(HELP);
  process.exit(values.help ? 0 : 1);
}
const seconds = values.seconds === undefined ? 60 * Number(values.minutes) : Number(values.seconds);
console.log(`seed ${values.seed}, ${seconds} s`);
// Before the code that is fuzzed in this process is imported.
startCoverage();
const isWell = await fuzz(await make(Number(values.seed)), {
  seed: Number(values.seed),
  from: Number(values.from),
  countMax: Number(values.count),
  seconds,
  concurrent: Number(values.concurrent),
  say: console.log,
});
process.exit(isWell ? 0 : 1);
