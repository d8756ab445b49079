// A warm server: a million hits by the fast lane, and the same GETs through the whole middleware.

import { API_KEY, fill, startCachee } from "../load/cachee.ts";
import { cpuSeconds } from "../load/process-figures.ts";
import { between, type BucketCounts, type OwnLatency } from "../load/own-latency.ts";
import { runWrk } from "../load/wrk.ts";
import type { Cores } from "./rates.ts";

export interface LaneFigures {
  readonly own: OwnLatency;
  readonly hitsASecond: number;
  readonly cpuUs: number;
}

const KEYS = 100;
const CONNECTIONS = 16;
const HITS = 1_000_000;
const SLICE_SECONDS = 2;

/** In turns, until the fast lane has had a million hits. */
export async function lanes(
  cores: Cores,
): Promise<{ readonly fast: LaneFigures; readonly cold: LaneFigures }> {
  const { url, pid, stop } = await startCachee({ cpu: cores.server });
  const total = { fast: emptyOf(), cold: emptyOf() };
  try {
    await fill(url, KEYS);
    const drive = (fields: readonly string[], seed: number) =>
      runWrk({
        url,
        connections: CONNECTIONS,
        seconds: SLICE_SECONDS,
        rate: 0,
        cpu: cores.load,
        fields: [`x-api-key: ${API_KEY}`, ...fields],
        keys: KEYS,
        seed,
      });
    // A precondition that always holds: the fast lane leaves such requests to the pipeline.
    const fieldsOf = { fast: [], cold: ["If-Match: *"] };
    for (let turn = 0; total.fast.requests < HITS; turn++) {
      for (const lane of ["fast", "cold"] as const) {
        const into = total[lane];
        if (turn === 0) await drive(fieldsOf[lane], 0);
        const before = await bucketsOfLane(url, lane);
        const cpu = cpuSeconds(pid);
        const load = await drive(fieldsOf[lane], turn + 1);
        into.cpuSeconds += cpuSeconds(pid) - cpu;
        into.requests += load.requests;
        into.seconds += load.seconds;
        into.gained = addedTo(into.gained, before, await bucketsOfLane(url, lane));
      }
    }
  } finally {
    await stop();
  }
  return { fast: figuresOf(total.fast), cold: figuresOf(total.cold) };
}

interface Total {
  requests: number;
  seconds: number;
  cpuSeconds: number;
  gained: BucketCounts;
}

const NONE: BucketCounts = { sumNs: 0, buckets: [] };

function emptyOf(): Total {
  return { requests: 0, seconds: 0, cpuSeconds: 0, gained: NONE };
}

function figuresOf({ gained, requests, seconds, cpuSeconds: cpu }: Total): LaneFigures {
  return { own: between(NONE, gained), hitsASecond: requests / seconds, cpuUs: (cpu / requests) * 1e6 };
}

/** What was counted between two looks, on top of `sum`. */
function addedTo(sum: BucketCounts, before: BucketCounts, after: BucketCounts): BucketCounts {
  const counts = new Map(sum.buckets.map(([ns, count]) => [ns, count]));
  const earlier = new Map(before.buckets.map(([ns, count]) => [ns, count]));
  for (const [ns, count] of after.buckets) {
    counts.set(ns, (counts.get(ns) ?? 0) + count - (earlier.get(ns) ?? 0));
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  return { sumNs: sum.sumNs + after.sumNs - before.sumNs, buckets };
}

async function bucketsOfLane(url: string, lane: "fast" | "cold"): Promise<BucketCounts> {
  const response = await fetch(`${url}/stats?buckets`, { headers: { "x-api-key": API_KEY } });
  const stats = (await response.json()) as { latency: Record<"fast" | "cold", BucketCounts> };
  return stats.latency[lane];
}
