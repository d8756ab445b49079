// Asks /stats and /instances once a second while the page is seen, and tells what came of it.

import type { Fleet } from "./fleet.ts";
import type { Stats } from "../../observe/stats.ts";

const PERIOD_MS = 1_000;
const PERIOD_MS_MAX = 8_000;
const ANSWER_MS_MAX = 5_000;

export interface PollEvents {
  /** `fleet` is missing while only /stats answers. */
  data(stats: Stats, fleet: Fleet | undefined): void;
  /** The key is not, or no longer, known. Polling has ended. */
  refused(): void;
  /** No good answer; it is tried again after `retryMs`. */
  lost(reason: string, retryMs: number): void;
}

class Refused extends Error {}

async function get<T>(path: string, key: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { headers: { "x-api-key": key }, cache: "no-store", signal });
  if (response.status === 401) throw new Refused();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

/** Returns what ends it. */
export function startPolling(key: string, events: PollEvents): () => void {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let failures = 0;

  const ask = async (): Promise<number> => {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    const [stats, fleet] = await Promise.allSettled([
      get<Stats>("stats?buckets", key, signal),
      get<Fleet>("instances", key, signal),
    ]);
    if (ended.signal.aborted) return 0;
    if (stats.status === "fulfilled") {
      failures = 0;
      events.data(stats.value, fleet.status === "fulfilled" ? fleet.value : undefined);
      return PERIOD_MS;
    }
    if (stats.reason instanceof Refused) {
      stop();
      events.refused();
      return 0;
    }
    const retryMs = Math.min(PERIOD_MS * 2 ** failures++, PERIOD_MS_MAX);
    events.lost(reasonOf(stats.reason), retryMs);
    return retryMs;
  };

  const turn = async () => {
    if (asking || document.hidden) return;
    clearTimeout(timer);
    asking = true;
    const startMs = performance.now();
    const pauseMs = await ask();
    asking = false;
    if (ended.signal.aborted) return;
    timer = setTimeout(() => void turn(), Math.max(0, startMs + pauseMs - performance.now()));
  };
  const stop = () => {
    clearTimeout(timer);
    ended.abort();
  };

  document.addEventListener("visibilitychange", () => void turn(), { signal: ended.signal });
  window.addEventListener("online", () => void turn(), { signal: ended.signal });
  void turn();
  return stop;
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "no answer";
  if (thrown.name === "TimeoutError") return "no answer in time";
  if (thrown instanceof TypeError) return "the server cannot be reached";
  return thrown instanceof SyntaxError ? "the answer is not JSON" : thrown.message;
}
