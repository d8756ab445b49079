// The announcement's own test: 105 requests one after another on a server just started, 104 of them hits, as the server itself timed them.

import { API_KEY, bucketsOf, startCachee } from "../load/cachee.ts";
import { median } from "../load/median.ts";
import { between, type OwnLatency } from "../load/own-latency.ts";
import { pathOf, VALUE } from "../load/value.ts";

const HITS = 104;

export interface SerialFigures {
  readonly meanUs: number;
  readonly p99Us: number;
}

/** Medians over `starts` fresh servers; `pauseMs` lies between two requests. */
export async function serialOnFreshServers(
  starts: number,
  pauseMs: number,
  cpu: number,
): Promise<SerialFigures> {
  const seen: OwnLatency[] = [];
  for (let start = 0; start < starts; start++) seen.push(await onFreshServer(pauseMs, cpu));
  return {
    meanUs: median(seen.map(({ meanUs }) => meanUs)),
    p99Us: median(seen.map(({ p99Us }) => p99Us)),
  };
}

async function onFreshServer(pauseMs: number, cpu: number): Promise<OwnLatency> {
  const cachee = await startCachee({ cpu });
  try {
    const headers = { "x-api-key": API_KEY };
    const url = cachee.url + pathOf(0);
    const miss = await fetch(url, { headers });
    await miss.arrayBuffer();
    await fetch(url, { method: "PUT", headers, body: VALUE });
    const before = await bucketsOf(cachee.url);
    for (let i = 0; i < HITS; i++) {
      const hit = await fetch(url, { headers });
      await hit.arrayBuffer();
      if (hit.status !== 200) throw new Error(`a hit answered ${hit.status}`);
      if (pauseMs > 0) await Bun.sleep(pauseMs);
    }
    return between(before, await bucketsOf(cachee.url));
  } finally {
    await cachee.stop();
  }
}
