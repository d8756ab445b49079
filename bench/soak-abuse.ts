// The command `soak:abuse`: attacks of every kind beside an honest tenant, and what becomes of that one and the server.

import { parseArgs } from "node:util";
import type { RespServer } from "../test/support/resp-server.ts";
import { ATTACKS } from "./abuse/attacks.ts";
import { HonestClient, type Met } from "./abuse/honest.ts";
import { LoopHolders } from "./abuse/loop-holders.ts";
import { MemoryWatch } from "./abuse/memory-watch.ts";
import { preferred } from "./abuse/preferred.ts";
import { Attacker } from "./abuse/run-attack.ts";
import { bugsOf, isAlive, RESIDENT_BYTES_MAX, startAbusedServer } from "./abuse/server.ts";
import { GREEDY_PREFIX, MIB, ROOT_SECRET, type Attack } from "./abuse/target.ts";
import { machine } from "./load/machine.ts";
import { tableOf } from "./load/table.ts";

/** The honest tenant's p99 over its own alone, and the ms for which its requests may fail. */
const P99_RATIO_MAX = 5;
const FAILED_MS_MAX = 100;
/** A p99 below this is taken for this: so short a time is the scheduler's. */
const P99_FLOOR_MS = 2;
const ALONE_MS = 5_000;
/** For so long the server's memory is watched when an attack has ended. */
const AFTER_MS = 500;

const HELP = `bun run soak:abuse [--minutes N | --seconds-each N] [--only TEXT]

  --minutes       in all, divided among the attacks (2)
  --seconds-each  of each attack instead
  --only          attacks whose name has this text
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    "seconds-each": { type: "string" },
    only: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const attacks = ATTACKS.filter(({ name }) => name.includes(values.only));
const eachMs =
  values["seconds-each"] === undefined
    ? (Number(values.minutes) * 60_000) / attacks.length
    : Number(values["seconds-each"]) * 1_000;

/** What an attack did, and what of it is not as it should be. */
interface Outcome {
  readonly name: string;
  readonly met: Met;
  readonly rssBytes: number;
  /** What held the event loop for 50 ms or more, with how often; as the server itself has it. */
  readonly holders: string;
  readonly faults: readonly string[];
}

class Soak {
  readonly #server: RespServer;
  readonly #memory: MemoryWatch;
  readonly #honest: HonestClient;
  readonly #holders: LoopHolders;
  #aloneP99Ms = 0;
  #bugs = 0;

  constructor(server: RespServer) {
    this.#server = server;
    this.#memory = new MemoryWatch(server.pid);
    this.#holders = new LoopHolders(server.url, ROOT_SECRET);
    this.#honest = new HonestClient(server.port, server.respPort, 0);
  }

  async alone(): Promise<Met> {
    await Bun.sleep(ALONE_MS / 2);
    await this.#honest.met();
    await Bun.sleep(ALONE_MS);
    const met = await this.#honest.met();
    this.#aloneP99Ms = Math.max(P99_FLOOR_MS, met.p99Ms);
    return met;
  }

  async under(attack: Attack): Promise<Outcome> {
    const { port, respPort } = this.#server;
    const attacker = new Attacker(attack, { port, respPort, cpu: 0 });
    await attacker.prepare();
    await this.#honest.met();
    this.#memory.takeMaxBytes();
    await this.#holders.since();
    await attacker.run(eachMs);
    const met = await this.#honest.met();
    // Memory may be taken for many who went away at once, too.
    await Bun.sleep(AFTER_MS);
    const rssBytes = this.#memory.takeMaxBytes();
    const holders = await this.#holders.since();
    const faults = this.#faultsOf(met, rssBytes);
    // What this one left behind is not the next one's.
    await fetch(`${this.#server.url}/invalidate`, {
      method: "POST",
      body: JSON.stringify({ prefix: GREEDY_PREFIX }),
      headers: { "x-api-key": ROOT_SECRET },
    }).catch(() => {});
    await Bun.sleep(eachMs / 10);
    return { name: attack.name, met, rssBytes, holders, faults };
  }

  async stop(): Promise<void> {
    this.#memory.stop();
    await this.#honest.stop();
  }

  #faultsOf(met: Met, rssBytes: number): string[] {
    const faults: string[] = [];
    if (!isAlive(this.#server.pid)) faults.push("the process has ended");
    const bugs = bugsOf(this.#server);
    if (bugs.length > this.#bugs) faults.push(`a bug in the log: ${bugs.at(-1)}`);
    this.#bugs = bugs.length;
    if (!(met.p99Ms <= P99_RATIO_MAX * this.#aloneP99Ms))
      faults.push(`p99 ${(met.p99Ms / this.#aloneP99Ms).toFixed(1)} times`);
    if (met.failedMsMax > FAILED_MS_MAX)
      faults.push(`failed for ${met.failedMsMax.toFixed(0)} ms (${met.kinds.join("; ")})`);
    if (rssBytes > RESIDENT_BYTES_MAX) faults.push("memory");
    return faults;
  }
}

const server = await startAbusedServer();
if (Bun.which("taskset") !== null) Bun.spawnSync(["taskset", "-a", "-p", "-c", "1", String(server.pid)]);
preferred(server.pid);
const soak = new Soak(server);
const rowOf = (name: string, met: Met, rssBytes: number, holders: string, said: string) => [
  name,
  met.p50Ms,
  met.p99Ms,
  met.maxMs,
  met.failures,
  Math.round(rssBytes / MIB),
  holders,
  said,
];
let failed = 0;
try {
  const { cpu, cores, bun, commit } = machine();
  console.log(`${cpu}, ${cores} cores, Bun ${bun}, ${commit}; ${(eachMs / 1_000).toFixed(1)} s each`);
  const rows = [rowOf("alone", await soak.alone(), Number.NaN, "", "")];
  for (const attack of attacks) {
    const { name, met, rssBytes, holders, faults } = await soak.under(attack);
    failed += Math.min(1, faults.length);
    const said = faults.length === 0 ? "ok" : faults.join(", ");
    rows.push(rowOf(name, met, rssBytes, holders, said));
    console.error(
      `${name}: p99 ${met.p99Ms.toFixed(1)} ms, ${Math.round(rssBytes / MIB)} MiB, ${holders} ${said}`,
    );
    if (faults.includes("the process has ended")) break;
  }
  console.log(
    tableOf(
      ["the honest tenant beside", "p50 ms", "p99 ms", "max ms", "failed", "MiB", "loop held by", "result"],
      rows,
    ),
  );
} finally {
  await soak.stop();
  await server.stop();
}
process.exit(failed === 0 ? 0 : 1);
