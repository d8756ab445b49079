// A long fuzz of the HTTP front with mutations of malformed requests: `bun run fuzz:http [--seed S] [--count N]`.

import { parseArgs } from "node:util";
import { SECRET } from "../test/http/corpus/case.ts";
import { CORPUS_ENV } from "../test/http/corpus/corpus.ts";
import { checkMutations } from "../test/http/corpus/mutation-check.ts";
import { startServer } from "../test/support/server.ts";

const ROUND = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    count: { type: "string", default: "100000" },
    /** The first mutation: with `--count 1`, one that failed is repeated. */
    from: { type: "string", default: "0" },
  },
});
const seed = Number(values.seed);
const from = Number(values.from);
const end = from + Number(values.count);
console.log(`seed ${seed}, mutations ${from} to ${end - 1}`);
const server = await startServer({ CACHEE_API_KEYS: SECRET, ...CORPUS_ENV });
try {
  for (let at = from; at < end; at += ROUND) {
    const to = Math.min(end, at + ROUND);
    const { statuses, marked } = await checkMutations(server, seed, at, to);
    const counts = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
    console.log(`up to ${to - 1}: ${counts.join(", ")}; ${marked} legal marks`);
    if (server.stderr().includes('"event":"bug"')) throw new Error(server.stderr());
  }
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
} finally {
  await server.stop();
}
