// What the load generator is asked to do, and what it says. Runs it as a child process on a core of its own.

import { pinned } from "../../load/child.ts";
import type { RequestMix } from "./requests.ts";

export interface Job extends RequestMix {
  readonly port: number;
  readonly connections: number;
  /** Requests a second, each latency from when it was due; 0: as many as go. */
  readonly rate: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** The server's processes, whose CPU time counts. */
  readonly pids: readonly number[];
}

export interface Figures {
  readonly perSecond: number;
  /** Errors and misses. */
  readonly failed: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  /** Of batches of reads alone. */
  readonly readsP99Us: number;
  readonly readsMaxUs: number;
  /** Of the server, for one request. */
  readonly cpuUs: number;
  /** CPU time over wall-clock time, of the server and of the generator; a paced generator polls, and has 1. */
  readonly serverShare: number;
  readonly generatorShare: number;
}

/** A generator that takes so much longer than it should is stuck, or its server is. */
const EXTRA_MS_MAX = 90_000;
const FILL_CONNECTIONS = 4;

/** Has the peer hold all keys, over a few connections. */
export async function runFill(job: Pick<Job, "way" | "keys" | "bytes" | "port">, cpu: number): Promise<void> {
  const load = { connections: FILL_CONNECTIONS, depth: 1, rate: 0, writes: 0, warmUpSeconds: 0, seconds: 0 };
  await run({ ...job, ...load, pids: [], isFill: true }, cpu);
}

export async function runJob(job: Job, cpu: number): Promise<Figures> {
  const out = await run({ ...job, isFill: false }, cpu);
  return JSON.parse(out) as Figures;
}

async function run(job: Job & { readonly isFill: boolean }, cpu: number): Promise<string> {
  const child = Bun.spawn(
    pinned([process.execPath, `${import.meta.dir}/main.ts`, JSON.stringify(job)], cpu),
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const timer = setTimeout(
    () => child.kill("SIGKILL"),
    (job.seconds + job.warmUpSeconds) * 1_000 + EXTRA_MS_MAX,
  );
  const [out, complaint] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  clearTimeout(timer);
  if (child.exitCode !== 0) throw new Error(`the load generator failed: ${complaint.slice(0, 500)}`);
  return out;
}
