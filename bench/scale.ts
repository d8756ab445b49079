// The handler's latency with many keys beside few, in turns: `bun run bench:scale [--keys 10000,10000000]`; Zipf 0.99.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../test/cache/support/random.ts";
import { API_KEY, bucketsOf, CLIENT_FIELDS, startCachee, type Cachee } from "./load/cachee.ts";
import { pinned } from "./load/child.ts";
import { machine } from "./load/machine.ts";
import { median } from "./load/median.ts";
import { between, type OwnLatency } from "./load/own-latency.ts";
import { residentBytes } from "./load/process-figures.ts";
import { tableOf } from "./load/table.ts";
import { pathOf } from "./load/value.ts";
import { zipfRanks } from "./support/zipf.ts";

const SKEW = 0.99;
const DRAWS = 300_000;
const VALUE = "x".repeat(100);
const BATCH_KEYS = 1_000;
const SERVER_CPU = 1;
const LOAD_CPU = 0;
const KEY_AT = "/cache/".length;

const { values } = parseArgs({
  options: {
    keys: { type: "string", default: "10000,10000000" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    l1: { type: "string", default: "6gb" },
  },
});

interface Contestant {
  readonly keys: number;
  readonly server: Cachee;
  readonly paths: string;
  readonly turns: OwnLatency[];
}

/** Stores the keys over HTTP, a batch a request. */
async function fill(url: string, keys: number): Promise<void> {
  for (let from = 0; from < keys; from += BATCH_KEYS) {
    const set = Array.from({ length: Math.min(BATCH_KEYS, keys - from) }, (_, i) => ({
      key: pathOf(from + i).slice(KEY_AT),
      value: VALUE,
    }));
    const headers = { "x-api-key": API_KEY };
    const response = await fetch(`${url}/batch`, { method: "POST", headers, body: JSON.stringify({ set }) });
    if (!response.ok) throw new Error(`a batch was answered ${response.status}: ${await response.text()}`);
  }
}

async function drive(contestant: Contestant, seconds: number): Promise<OwnLatency> {
  const script = `${import.meta.dir}/load/paths.lua`;
  const fields = CLIENT_FIELDS.flatMap((field) => ["-H", field]);
  const wrk = ["wrk", "-t1", `-c${values.connections}`, `-d${seconds}s`, "-s", script, ...fields];
  const command = pinned([...wrk, contestant.server.url, "--", contestant.paths], LOAD_CPU);
  const before = await bucketsOf(contestant.server.url);
  await Bun.spawn(command, { stdio: ["ignore", "ignore", "inherit"] }).exited;
  return between(before, await bucketsOf(contestant.server.url));
}

const folder = mkdtempSync(join(tmpdir(), "cachee-scale-"));
const contestants: Contestant[] = [];
try {
  for (const keys of values.keys.split(",").map(Number)) {
    const server = await startCachee({ cpu: SERVER_CPU, env: { CACHEE_L1_BYTES_MAX: values.l1 } });
    const paths = join(folder, String(keys));
    contestants.push({ keys, server, paths, turns: [] });
    await fill(server.url, keys);
    const ranks = zipfRanks(keys, SKEW, DRAWS, seededRandom(7));
    writeFileSync(paths, Array.from(ranks, pathOf).join("\n") + "\n");
    await drive(contestants.at(-1)!, 3 * Number(values.seconds));
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contestant of contestants)
      contestant.turns.push(await drive(contestant, Number(values.seconds)));
  }
  const { cpu, cores, bun, commit } = machine();
  console.log(
    `${cpu}, ${cores} cores, Bun ${bun}, ${commit}; ${values.connections} connections, ${VALUE.length} B values, Zipf ${SKEW}, medians\n`,
  );
  const figure = (turns: readonly OwnLatency[], name: keyof OwnLatency) =>
    median(turns.map((turn) => turn[name]));
  const [first] = contestants;
  const rows = contestants.map(({ keys, turns, server }) => [
    String(keys),
    ...(["meanUs", "p50Us", "p99Us", "p999Us"] as const).map((name) => figure(turns, name).toFixed(2)),
    median(turns.map((turn, i) => turn.p99Us / first!.turns[i]!.p99Us)).toFixed(2),
    `${(residentBytes(server.pid) / 2 ** 20).toFixed(0)} MiB`,
  ]);
  console.log(tableOf(["keys", "own mean us", "p50", "p99", "p99.9", "p99 / first", "resident"], rows));
} finally {
  for (const { server } of contestants) await server.stop();
  rmSync(folder, { recursive: true });
}
