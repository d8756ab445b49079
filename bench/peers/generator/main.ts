// The load generator as a command of its own: `bun main.ts JOB`, JOB as JSON; prints what it measured as JSON.

import { cpuSeconds } from "../../load/process-figures.ts";
import { Load } from "./load.ts";
import { answerBytesOf, greetingOf } from "./protocol.ts";
import { filling, mixed } from "./requests.ts";
import { Sockets } from "./sockets.ts";
import type { Figures, Job } from "./job.ts";

/** A fill that takes longer has failed. */
const FILL_SECONDS_MAX = 60;

const job = JSON.parse(process.argv[2] ?? "") as Job;
const requests = job.isFill ? filling(job) : mixed(job);
const depth = job.isFill ? 1 : job.depth;
const load = new Load(
  { requests, answerBytes: answerBytesOf(job.way), depth, rate: job.isFill ? 0 : job.rate },
  new Sockets(job.port, job.connections),
);
const greeting = greetingOf(job.way);
if (greeting !== undefined) load.greet(greeting);
process.stdout.write(JSON.stringify(job.isFill ? fill() : measure()));
process.exit(0);

function fill(): Figures {
  load.batchesMax = requests.count;
  const startNs = Bun.nanoseconds();
  load.begin();
  load.run(startNs + FILL_SECONDS_MAX * 1e9);
  if (load.answers < requests.count || load.failed > 0)
    throw new Error(`${load.answers} of ${requests.count} keys were filled, ${load.failed} failed`);
  return figures(Bun.nanoseconds() - startNs, 0, 0);
}

function measure(): Figures {
  load.begin();
  load.run(Bun.nanoseconds() + job.warmUpSeconds * 1e9);
  load.forget();
  const serverBefore = serverSeconds();
  const ownBefore = process.cpuUsage();
  const startNs = Bun.nanoseconds();
  load.run(startNs + job.seconds * 1e9);
  const tookNs = Bun.nanoseconds() - startNs;
  const own = process.cpuUsage(ownBefore);
  return figures(tookNs, serverSeconds() - serverBefore, (own.user + own.system) / 1e6);
}

function serverSeconds(): number {
  return job.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

function figures(tookNs: number, serverCpuSeconds: number, ownCpuSeconds: number): Figures {
  const seconds = tookNs / 1e9;
  const { p50Us, p90Us, p99Us, p999Us, maxUs } = load.latency.summary();
  return {
    perSecond: load.answers / seconds,
    failed: load.failed,
    p50Us,
    p90Us,
    p99Us,
    p999Us,
    maxUs,
    cpuUs: (serverCpuSeconds / load.answers) * 1e6,
    serverShare: serverCpuSeconds / seconds,
    generatorShare: ownCpuSeconds / seconds,
  };
}
