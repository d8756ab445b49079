// The command `bench:variants`: this server with other settings of the runtime, or other checkouts of it, in turns. See README.md.

import { parseArgs } from "node:util";
import { API_KEY, bucketsOf } from "./load/cachee.ts";
import { startChild, type Child } from "./load/child.ts";
import { machine } from "./load/machine.ts";
import { median } from "./load/median.ts";
import { between, type OwnLatency } from "./load/own-latency.ts";
import { residentBytes } from "./load/process-figures.ts";
import { tableOf } from "./load/table.ts";
import { runFill, runJob, type Figures } from "./peers/generator/job.ts";
import { CACHE_PATHS, startBare } from "./peers/programs/bun-peers.ts";

const HELP = `bun run bench:variants [options] VARIANT…
  VARIANT             NAME, then words with commas between: VARIABLE=VALUE of the environment, or the directory of
                      another checkout: 8m,BUN_JSC_gcMaxHeapSize=8388608   before,../before; where one is of the
                      garbage collector, none of those are set that the server gives itself
                      "this", this checkout as it is, runs always, and so does a handler that clones one Response
  --rounds N          turns of each (7); --seconds N of one (0.5)
  --connections N     (16); --keys N of 1 KiB (100); --rate N a second, 0 as many as go (0); --writes N in 1,000 (0)
  --l1 SIZE           (512mb)
  --server-cpu N      the servers' core (1); --load-cpu N the generator's (0)
`;
const VALUE_BYTES = 1_024;
const WARM_UP_SECONDS = 0.1;
const FIRST_WARM_UP_SECONDS = 1.5;
const ROOT = `${import.meta.dir}/..`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "0.5" },
    connections: { type: "string", default: "16" },
    keys: { type: "string", default: "100" },
    rate: { type: "string", default: "0" },
    writes: { type: "string", default: "0" },
    l1: { type: "string", default: "512mb" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  },
});
const cpu = Number(values["server-cpu"]);
const loadCpu = Number(values["load-cpu"]);

interface Turn {
  readonly figures: Figures;
  /** The server's own histogram; the handler that clones has none. */
  readonly own: OwnLatency | undefined;
}

interface Variant {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly isOwn: boolean;
  readonly turns: Turn[];
  stop(): Promise<void>;
}

async function startVariant(text: string): Promise<Variant> {
  const [name = "", ...words] = text.split(",");
  const directory = words.find((word) => !word.includes("=")) ?? ROOT;
  const env = Object.fromEntries(words.filter((word) => word.includes("=")).map(pairOf));
  const child: Child = await startChild({
    command: [process.execPath, `${directory}/src/main.ts`],
    cpu,
    env: {
      CACHEE_PORT: "0",
      CACHEE_API_KEYS: API_KEY,
      CACHEE_L1_BYTES_MAX: values.l1,
      CACHEE_LOG: "error",
      ...env,
    },
    ready: /^listening on http:\S+:(\d+)$/m,
  });
  const variant = { name, port: Number(child.match[1]), pid: child.pid, isOwn: true, turns: [] };
  await runFill(
    { way: CACHE_PATHS, keys: Number(values.keys), bytes: VALUE_BYTES, port: variant.port },
    loadCpu,
  );
  return { ...variant, stop: () => child.stop() };
}

/** The name and the value; the latter may have `=` in it. */
function pairOf(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}

async function startClone(): Promise<Variant> {
  const { port, pids, stop } = await startBare("clone", VALUE_BYTES, cpu);
  return { name: "clone", port, pid: pids[0]!, isOwn: false, turns: [], stop };
}

function drive({ port, pid }: Variant, seconds: number): Promise<Figures> {
  return runJob(
    {
      way: CACHE_PATHS,
      keys: Number(values.keys),
      bytes: VALUE_BYTES,
      depth: 1,
      port,
      pids: [pid],
      connections: Number(values.connections),
      rate: Number(values.rate),
      writes: Number(values.writes),
      warmUpSeconds: WARM_UP_SECONDS,
      seconds,
    },
    loadCpu,
  );
}

async function takeTurn(variant: Variant): Promise<void> {
  const buckets = () => bucketsOf(`http://127.0.0.1:${variant.port}`);
  const before = variant.isOwn ? await buckets() : undefined;
  const figures = await drive(variant, Number(values.seconds));
  const own = before === undefined ? undefined : between(before, await buckets());
  variant.turns.push({ figures, own });
}

/** Medians; the ratios are to the handler that clones, taken inside each round. */
function rowOf({ name, pid, turns }: Variant, base: readonly Turn[]) {
  const over = (of: (turn: Turn) => number) => median(turns.map(of));
  const ratio = (of: (turn: Turn) => number) => median(turns.map((turn, i) => of(turn) / of(base[i]!)));
  return [
    name,
    over(({ figures }) => figures.perSecond),
    over(({ figures }) => figures.p99Us),
    over(({ figures }) => figures.cpuUs),
    ratio(({ figures }) => figures.perSecond),
    ratio(({ figures }) => figures.p99Us),
    ratio(({ figures }) => figures.cpuUs),
    over(({ own }) => own?.meanUs ?? Number.NaN),
    over(({ own }) => own?.p99Us ?? Number.NaN),
    residentBytes(pid) / 1e6,
  ];
}

async function compare(): Promise<void> {
  const variants: Variant[] = [];
  try {
    variants.push(await startClone());
    for (const text of ["this", ...positionals]) variants.push(await startVariant(text));
    for (const variant of variants) await drive(variant, FIRST_WARM_UP_SECONDS);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const variant of round % 2 === 0 ? variants : variants.toReversed()) await takeTurn(variant);
    }
    const about = machine();
    const head = ["variant", "requests/s", "p99 us", "CPU us", "/ clone: requests/s", "p99", "CPU"];
    const rows = variants.map((variant) => rowOf(variant, variants[0]!.turns));
    process.stdout.write(
      `${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}\n\n` +
        `${tableOf([...head, "own mean us", "own p99 us", "resident MB"], rows)}\n`,
    );
  } finally {
    for (const variant of variants) await variant.stop();
  }
}

if (values.help) process.stdout.write(HELP);
else await compare();
