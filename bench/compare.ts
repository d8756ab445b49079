// The command `bench:compare DIR…`: this checkout's fast lane beside others', turn by turn in one process. See README.md.

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { CLIENT_FIELDS } from "./load/cachee.ts";
import { startChild } from "./load/child.ts";
import { median } from "./load/median.ts";
import { between, type BucketCounts, type OwnLatency } from "./load/own-latency.ts";
import { tableOf } from "./load/table.ts";
import { runWrk } from "./load/wrk.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    keys: { type: "string", default: "10000" },
    bytes: { type: "string", default: "1024" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
  },
});
const WARM_UP_SECONDS = 3;
const names = ["this", ...positionals];
const roots = [`${import.meta.dir}/..`, ...positionals].map((root) => resolve(root));

const child = await startChild({
  command: [
    process.execPath,
    `${import.meta.dir}/load/paired-server.ts`,
    values.keys,
    values.bytes,
    ...roots,
  ],
  cpu: Number(values["server-cpu"]),
  ready: /^listening on (\S+)$/m,
});
const url = child.match[1]!;
const drive = (seconds: number, seed: number) =>
  runWrk({
    url,
    seconds,
    seed,
    connections: Number(values.connections),
    rate: 0,
    cpu: Number(values["load-cpu"]),
    fields: CLIENT_FIELDS,
    keys: Number(values.keys),
  });
const latencies = async () => (await (await fetch(`${url}/latencies`)).json()) as BucketCounts[];
const turns: OwnLatency[][] = [];
try {
  await drive(WARM_UP_SECONDS, 0);
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = await latencies();
    await drive(Number(values.seconds), round + 1);
    const after = await latencies();
    turns.push(after.map((state, i) => between(before[i]!, state)));
  }
} finally {
  await child.stop();
}
const rows = names.map((name, i) => {
  const over = (of: (latency: OwnLatency) => number) => median(turns.map((turn) => of(turn[i]!)));
  const ratio = (of: (latency: OwnLatency) => number) =>
    median(turns.map((turn) => of(turn[0]!) / of(turn[i]!)));
  const count = turns.reduce((sum, turn) => sum + turn[i]!.count, 0);
  return [
    name,
    count,
    over((own) => own.meanUs),
    over((own) => own.p50Us),
    over((own) => own.p90Us),
    over((own) => own.p99Us),
    ratio((own) => own.meanUs),
    ratio((own) => own.p50Us),
  ];
});
const head = ["checkout", "answers", "mean us", "p50 us", "p90 us", "p99 us", "this / it, mean", "p50"];
process.stdout.write(`${tableOf(head, rows)}\n`);
