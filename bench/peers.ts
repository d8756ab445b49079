// The command `bench:peers`: this server beside what a user would pick instead, each started, driven and stopped in turn. See README.md.

import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "./load/machine.ts";
import { FULL_CELLS, QUICK_CELLS, type Cell } from "./peers/cells.ts";
import { plotsOf } from "./peers/plots.ts";
import { BUN_PEERS } from "./peers/programs/bun-peers.ts";
import { HTTP_CACHES } from "./peers/programs/http-caches.ts";
import { programPath, type Peer } from "./peers/programs/peer.ts";
import { STORE_PEERS } from "./peers/programs/store-peers.ts";
import { runRounds } from "./peers/rounds.ts";
import { summaryOf, tablesOf } from "./peers/summary.ts";

const PEERS: readonly Peer[] = [...BUN_PEERS, ...STORE_PEERS, ...HTTP_CACHES];
const OWN = PEERS[0]!.name;
/** Where Debian's package has another name than the program. */
const PACKAGES: Readonly<Record<string, string>> = { varnishd: "varnish", "valkey-server": "valkey" };
const HELP = `bun run bench:peers [options]
  --quick             1 KiB at 16 and 64 connections: about three minutes; else all sizes, connections and loads
  --only TEXT         peers whose names contain one of these, comma-separated; ${OWN} always runs
  --bytes LIST, --connections LIST, --writes LIST (in 1,000), --loads closed,fixed
                      of the full form, those cells only
  --rounds N          turns of each (3)
  --seconds N         of one turn (0.7); --warm-up N before each (0.3)
  --server-cpu N      the servers' core (1); --load-cpu N the generator's (0)
  --out DIR           for peers.json and the plots (bench/results)
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    bytes: { type: "string" },
    connections: { type: "string" },
    writes: { type: "string" },
    loads: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "0.7" },
    "warm-up": { type: "string", default: "0.3" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
    out: { type: "string", default: `${import.meta.dir}/results` },
    help: { type: "boolean", default: false },
  },
});

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function cells(): readonly Cell[] {
  const allowed = (list: string | undefined, value: number | string) =>
    list === undefined || list.split(",").includes(String(value));
  return (values.quick ? QUICK_CELLS : FULL_CELLS).filter(
    ({ bytes, connections, writes, load }) =>
      allowed(values.bytes, bytes) &&
      allowed(values.connections, connections) &&
      allowed(values.writes, writes) &&
      allowed(values.loads, load),
  );
}

/** The first line that names a number, of what the program says of itself. */
function versionOf({ program = "", versionFlag }: Peer): string | undefined {
  if (versionFlag === undefined) return undefined;
  const said = Bun.spawnSync([programPath(program)!, versionFlag]);
  return /^.*\d.*$/m.exec(`${said.stdout}${said.stderr}`)?.[0].trim();
}

async function compare(): Promise<void> {
  const texts = values.only.split(",");
  const wanted = PEERS.filter(({ name }) => name === OWN || texts.some((text) => name.includes(text)));
  const isThere = ({ program }: Peer) => program === undefined || programPath(program) !== null;
  const peers = wanted.filter(isThere);
  const missing = wanted.filter((peer) => !isThere(peer));
  for (const { name, program = "" } of missing)
    say(`${name}: ${program} is not installed (apt-get install ${PACKAGES[program] ?? program}), left out`);
  const turns = await runRounds({
    peers,
    cells: cells(),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values["warm-up"]),
    serverCpu: Number(values["server-cpu"]),
    loadCpu: Number(values["load-cpu"]),
    say,
  });
  const about = machine();
  const summary = summaryOf(turns, OWN);
  const under = `${about.cpu}, ${about.cores} cores; Bun ${about.bun}; commit ${about.commit}; medians of ${values.rounds}`;
  process.stdout.write(`${under}\n\n${tablesOf(summary)}\n`);
  const programs = new Map(peers.map((peer) => [peer.program, versionOf(peer)]));
  const versions = Object.fromEntries([...programs].filter(([, version]) => version !== undefined));
  const { out, ...options } = values;
  const result = { machine: about, versions, missing: missing.map(({ name }) => name), options };
  mkdirSync(out, { recursive: true });
  await Bun.write(`${out}/peers.json`, `${JSON.stringify({ ...result, summary, turns }, rounded, 1)}\n`);
  for (const { name, svg } of plotsOf(summary, under)) await Bun.write(`${out}/${name}.svg`, svg);
}

/** Four figures say all that a measurement knows. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

if (values.help) process.stdout.write(HELP);
else await compare();
