// Minutes of reads at a fixed rate, with and without writes in turns, where the values no longer fit the budget.

import { median } from "../load/median.ts";
import { residentBytes } from "../load/process-figures.ts";
import { runFill, runJob } from "../peers/generator/job.ts";
import { BUN_PEERS } from "../peers/programs/bun-peers.ts";

const CACHEE = BUN_PEERS[0]!;
/** The budget that all of BUN_PEERS have. */
export const BUDGET_MIB = 512;
const VALUE_BYTES = 4_096;
/** A tenth more than fit: each write of an absent key evicts others. */
const KEYS = Math.floor((1.1 * BUDGET_MIB * 1_048_576) / VALUE_BYTES);
const SEGMENT_SECONDS = 10;
const CONNECTIONS = 16;
const RATE = 20_000;
const WRITES = 50;
/** What counts as a pause. */
export const PAUSE_US_MAX = 5_000;

export interface EdgeFigures {
  readonly rate: number;
  readonly segments: number;
  /** Reads beside writes over reads alone, median of pairs. */
  readonly p99Ratio: number;
  readonly p99UsMixed: number;
  readonly p99UsReads: number;
  /** The longest that any read took from when it was due, as the median and the largest of the segments. */
  readonly maxUsMixed: number;
  readonly maxUsReads: number;
  readonly longestUsMixed: number;
  /** Segments in which a read took longer than PAUSE_US_MAX. */
  readonly pausedMixed: number;
  readonly pausedReads: number;
  readonly residentMib: number;
}

export async function atTheEdge(
  minutes: number,
  cores: { readonly server: number; readonly load: number },
): Promise<EdgeFigures> {
  const place = { serverCpu: cores.server, loadCpu: cores.load, keys: KEYS, bytes: VALUE_BYTES };
  const server = await CACHEE.start(place);
  const { port, pids } = server;
  const job = { way: CACHEE.way, keys: KEYS, bytes: VALUE_BYTES, depth: 1, port, pids };
  const load = { connections: CONNECTIONS, rate: RATE, warmUpSeconds: 1, seconds: SEGMENT_SECONDS };
  const reads: Awaited<ReturnType<typeof runJob>>[] = [];
  const mixed: typeof reads = [];
  let residentMib = 0;
  try {
    await runFill(job, cores.load);
    const endMs = performance.now() + minutes * 60_000;
    while (performance.now() < endMs) {
      reads.push(await runJob({ ...job, ...load, writes: 0 }, cores.load));
      mixed.push(await runJob({ ...job, ...load, writes: WRITES }, cores.load));
      residentMib = Math.max(residentMib, residentBytes(pids[0]!) / 1_048_576);
    }
  } finally {
    await server.stop();
  }
  const isPaused = ({ readsMaxUs }: { readonly readsMaxUs: number }) => readsMaxUs > PAUSE_US_MAX;
  return {
    rate: RATE,
    segments: mixed.length,
    p99Ratio: median(mixed.map(({ readsP99Us }, i) => readsP99Us / reads[i]!.readsP99Us)),
    p99UsMixed: median(mixed.map(({ readsP99Us }) => readsP99Us)),
    p99UsReads: median(reads.map(({ readsP99Us }) => readsP99Us)),
    maxUsMixed: median(mixed.map(({ readsMaxUs }) => readsMaxUs)),
    maxUsReads: median(reads.map(({ readsMaxUs }) => readsMaxUs)),
    longestUsMixed: Math.max(...mixed.map(({ readsMaxUs }) => readsMaxUs)),
    pausedMixed: mixed.filter(isPaused).length,
    pausedReads: reads.filter(isPaused).length,
    residentMib,
  };
}
