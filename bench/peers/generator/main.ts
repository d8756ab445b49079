// The load generator as a command of its own: `bun main.ts JOB`, JOB as JSON; prints what it measured as JSON.

import { cpuSeconds } from "../../load/process-figures.ts";
import { Load } from "./load.ts";
import { answerBytesOf, greetingOf } from "./protocol.ts";
import { filling, mixed, type Requests } from "./requests.ts";
import { Sockets } from "./sockets.ts";
import type { Figures, Job } from "./job.ts";

/** So many keys are rendered at once. */
const FILL_KEYS = 4_096;
/** A part of a fill that takes longer has failed. */
const FILL_SECONDS_MAX = 30;

const job = JSON.parse(process.argv[2] ?? "") as Job & { readonly isFill: boolean };
const sockets = new Sockets(job.port, job.connections);
if (job.isFill) fill();
else process.stdout.write(JSON.stringify(measure()));
process.exit(0);

function loadOf(requests: Requests, depth: number, rate: number): Load {
  return new Load({ requests, answerBytes: answerBytesOf(job.way), depth, rate }, sockets);
}

function fill(): void {
  for (let from = 0; from < job.keys; from += FILL_KEYS) {
    const requests = filling(job, from, Math.min(job.keys, from + FILL_KEYS));
    const load = loadOf(requests, 1, 0);
    if (from === 0) load.greet(greetingOf(job.way));
    load.batchesMax = requests.count;
    load.begin();
    load.run(Bun.nanoseconds() + FILL_SECONDS_MAX * 1e9);
    if (load.answers < requests.count || load.failed > 0)
      throw new Error(`${load.answers} of ${requests.count} keys were filled, ${load.failed} failed`);
  }
}

function measure(): Figures {
  const load = loadOf(mixed(job), job.depth, job.rate);
  load.greet(greetingOf(job.way));
  load.begin();
  load.run(Bun.nanoseconds() + job.warmUpSeconds * 1e9);
  load.forget();
  const serverBefore = serverSeconds();
  const ownBefore = process.cpuUsage();
  const startNs = Bun.nanoseconds();
  load.run(startNs + job.seconds * 1e9);
  const seconds = (Bun.nanoseconds() - startNs) / 1e9;
  const own = process.cpuUsage(ownBefore);
  const server = serverSeconds() - serverBefore;
  const { p50Us, p90Us, p99Us, p999Us, maxUs } = load.latency.summary();
  const reads = load.reads.summary();
  return {
    perSecond: load.answers / seconds,
    failed: load.failed,
    p50Us,
    p90Us,
    p99Us,
    p999Us,
    maxUs,
    readsP99Us: reads.p99Us,
    readsMaxUs: reads.maxUs,
    cpuUs: (server / load.answers) * 1e6,
    serverShare: server / seconds,
    generatorShare: (own.user + own.system) / 1e6 / seconds,
  };
}

function serverSeconds(): number {
  return job.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}
