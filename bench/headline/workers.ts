// One worker and two, each bound to a core, beside a generator that has to share one of them; what more cores would give.

import { median } from "../load/median.ts";
import { processTree } from "../load/process-figures.ts";
import { API_KEY } from "../load/cachee.ts";
import { startChild } from "../load/child.ts";
import { runFill, runJob } from "../peers/generator/job.ts";
import { CACHE_PATHS } from "../peers/programs/bun-peers.ts";
import type { Cores } from "./rates.ts";

export interface WorkersFigures {
  readonly workers: number;
  readonly hitsASecond: number;
  /** All processes together, for one hit. */
  readonly cpuUs: number;
}

const MAIN = `${import.meta.dir}/../../src/main.ts`;
const KEYS = 100;
const VALUE_BYTES = 1_024;
const CONNECTIONS = 64;

/** Medians of `rounds`, one and two workers in turn. */
export async function byWorkers(rounds: number, seconds: number, cores: Cores): Promise<WorkersFigures[]> {
  const seen: WorkersFigures[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const workers of [1, 2]) seen.push(await withWorkers(workers, seconds, cores));
  }
  return [1, 2].map((workers) => {
    const own = seen.filter((figures) => figures.workers === workers);
    return {
      workers,
      hitsASecond: median(own.map(({ hitsASecond }) => hitsASecond)),
      cpuUs: median(own.map(({ cpuUs }) => cpuUs)),
    };
  });
}

async function withWorkers(workers: number, seconds: number, cores: Cores): Promise<WorkersFigures> {
  const both = `${cores.server},${cores.load}`;
  const allowed = Bun.which("taskset") === null ? [] : ["taskset", "-c", both];
  const child = await startChild({
    command: [...allowed, process.execPath, MAIN],
    cpu: cores.server,
    env: {
      CACHEE_PORT: "0",
      CACHEE_API_KEYS: API_KEY,
      CACHEE_LOG: "error",
      CACHEE_WORKERS: String(workers),
      CACHEE_PIN_CPUS: "on",
    },
    ready: /^listening on http:\S+:(\d+)$/m,
  });
  try {
    const port = Number(child.match[1]);
    const pids = processTree(child.pid);
    const job = { way: CACHE_PATHS, keys: KEYS, bytes: VALUE_BYTES, depth: 1, port, pids };
    await runFill(job, cores.load);
    const load = { connections: CONNECTIONS, rate: 0, writes: 0, warmUpSeconds: 1, seconds };
    const { perSecond, cpuUs } = await runJob({ ...job, ...load }, cores.load);
    return { workers, hitsASecond: perSecond, cpuUs };
  } finally {
    await child.stop();
  }
}

/**
 * Hits a second of `cores` workers by Gunther's law, X(n) = n X(1) / (1 + s (n - 1)), with no term for coherence: no hit
 * waits for another worker. The serial share s is what two workers' CPU a hit is above one's.
 */
export function modelOf([one, two]: readonly WorkersFigures[], cores: number) {
  const serialShare = Math.max(0, two!.cpuUs / one!.cpuUs - 1);
  const linear = (cores * 1e6) / one!.cpuUs;
  return { serialShare, linear, modelled: linear / (1 + serialShare * (cores - 1)) };
}
