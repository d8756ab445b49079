// The command `bench:mixed`: reads with 5 % writes beside reads alone, in turns, for minutes; memory over time. See README.md.
//
// One wrk makes the load; a second one, of few connections and with think time, only reads: its latencies are the
// reads' alone, though the load's are of both.

import { parseArgs } from "node:util";
import { bucketsOf, CLIENT_FIELDS, fill, startCachee } from "./load/cachee.ts";
import { machine } from "./load/machine.ts";
import { median } from "./load/median.ts";
import { between, type OwnLatency } from "./load/own-latency.ts";
import { cpuSeconds, residentBytes } from "./load/process-figures.ts";
import { tableOf } from "./load/table.ts";
import { KEYS } from "./load/value.ts";
import { runWrk, type LoadResult } from "./load/wrk.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    segment: { type: "string", default: "10" },
    rate: { type: "string", default: "4000" },
    connections: { type: "string", default: "16" },
    puts: { type: "string", default: "50" },
    "put-bytes-max": { type: "string", default: "65536" },
    "l1-bytes-max": { type: "string", default: "256mb" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
    json: { type: "string" },
  },
});
const PROBE_CONNECTIONS = 2;
const PROBE_RATE = 1_000;

interface Segment {
  readonly kind: "reads" | "mixed";
  readonly atSeconds: number;
  readonly load: LoadResult;
  readonly probe: LoadResult;
  readonly own: OwnLatency;
  readonly serverShare: number;
  readonly residentMb: number;
}

const cachee = await startCachee({
  cpu: Number(values["server-cpu"]),
  env: { CACHEE_L1_BYTES_MAX: values["l1-bytes-max"] },
});
const { url, pid } = cachee;
const seconds = Number(values.segment);
const common = { url, seconds, cpu: Number(values["load-cpu"]), fields: CLIENT_FIELDS, keys: KEYS };
const startNs = Bun.nanoseconds();
const elapsedSeconds = () => (Bun.nanoseconds() - startNs) / 1e9;

async function run(kind: Segment["kind"], seed: number): Promise<Segment> {
  const before = await bucketsOf(url);
  const cpuBefore = cpuSeconds(pid);
  const puts = kind === "mixed" ? Number(values.puts) : 0;
  const load = {
    connections: Number(values.connections),
    rate: Number(values.rate),
    puts,
    putBytesMax: Number(values["put-bytes-max"]),
  };
  const [of, probe] = await Promise.all([
    runWrk({ ...common, ...load, seed }),
    runWrk({ ...common, connections: PROBE_CONNECTIONS, rate: PROBE_RATE, seed: seed + 1_000 }),
  ]);
  const serverShare = (cpuSeconds(pid) - cpuBefore) / seconds;
  const own = between(before, await bucketsOf(url));
  const residentMb = residentBytes(pid) / 1e6;
  return { kind, atSeconds: elapsedSeconds(), load: of, probe, own, serverShare, residentMb };
}

const segments: Segment[] = [];
try {
  await fill(url, KEYS);
  await runWrk({ ...common, seconds: 3, connections: Number(values.connections), rate: 0, seed: 0 });
  for (let round = 0; elapsedSeconds() < Number(values.seconds); round++) {
    segments.push(await run("reads", round + 1), await run("mixed", round + 1));
  }
} finally {
  await cachee.stop();
}

const of = (kind: Segment["kind"]) => segments.filter((segment) => segment.kind === kind);
const rows = (["reads", "mixed"] as const).map((kind) => {
  const over = (figure: (segment: Segment) => number) => median(of(kind).map(figure));
  return [
    kind,
    over(({ load }) => load.requests / load.seconds),
    over(({ probe }) => probe.p50Us),
    over(({ probe }) => probe.p99Us),
    over(({ own }) => own.p50Us),
    over(({ own }) => own.p99Us),
    `${Math.round(over(({ serverShare }) => serverShare) * 100)} %`,
    segments
      .filter((segment) => segment.kind === kind)
      .reduce((sum, { load, probe }) => sum + load.failures + probe.failures, 0)
      .toFixed(0),
  ];
});
const mixed = of("mixed");
const ratio = median(mixed.map((segment, i) => segment.probe.p99Us / of("reads")[i]!.probe.p99Us));
const about = machine();
process.stdout.write(
  `${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}; ${values.puts} PUTs in 1,000 of 1-` +
    `${Math.round(Number(values["put-bytes-max"]) / 1_024)} KiB, ${values.rate} requests/s wanted, L1 ${values["l1-bytes-max"]}\n\n` +
    `${tableOf(["segment", "req/s", "GET p50 us", "GET p99 us", "own p50 us", "own p99 us", "server busy", "missed or failed"], rows)}\n\n` +
    `GET p99, mixed over reads alone, median of pairs: ${ratio.toFixed(2)}\n` +
    `resident MB after each mixed segment: ${mixed.map(({ residentMb }) => Math.round(residentMb)).join(" ")}\n`,
);
if (values.json !== undefined)
  await Bun.write(values.json, JSON.stringify({ machine: about, options: values, segments }, null, 2));
