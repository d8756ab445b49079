// Fills a new instance's L1 with what the fleet reads most, before it is sent requests; bounded in time, keys and bytes.

import { messageOf } from "../base/bug.ts";
import type { Clock } from "../base/clock.ts";
import { within } from "../base/deadline.ts";
import { WARM_KEYS_MAX, WARM_MS_MAX, WARM_RUNNING_MAX } from "../base/fleet-limits.ts";
import type { Log } from "../base/log.ts";
import { parseLoad } from "./load.ts";
import type { Registry, RegistryView } from "./registry.ts";

/** The store that is to be filled. */
export interface WarmTarget {
  /** Reads `key` into L1; `true` if it was found. */
  read(key: string): Promise<boolean>;
  /** Enough is in L1: more would be read to be evicted. */
  isFull(): boolean;
}

/** Reads the fleet's hottest keys into `target`. Takes WARM_MS_MAX at the most, and never rejects. */
export async function warmUp(
  registry: Pick<Registry, "view">,
  target: WarmTarget,
  clock: Clock,
  log: Log,
): Promise<void> {
  const beganMs = clock.nowMs();
  const goesOn = () => clock.nowMs() - beganMs < WARM_MS_MAX && !target.isFull();
  const warm = async () => readAll(hottestOf(await registry.view()), target, goesOn);
  try {
    const found = await within(WARM_MS_MAX, "the warm-up", warm());
    log.info("warmed_up", { entries: found, ms: Math.round(clock.nowMs() - beganMs) });
  } catch (thrown) {
    log.warn("not_warmed_up", { reason: messageOf(thrown) });
  }
}

/** The fleet's hottest keys, hottest first: a key scores 1/rank with each instance that names it. */
function hottestOf(view: RegistryView): readonly string[] {
  const scores = new Map<string, number>();
  for (const { load } of view.entries) {
    const keys = load === undefined ? [] : (parseLoad(load)?.hot ?? []);
    for (const [index, key] of keys.entries()) scores.set(key, (scores.get(key) ?? 0) + 1 / (index + 1));
  }
  const hottest = [...scores].toSorted(([, a], [, b]) => b - a).slice(0, WARM_KEYS_MAX);
  return hottest.map(([key]) => key);
}

/** Reads `keys` in their order, several at once, while `goesOn()`; returns how many were found. */
async function readAll(keys: readonly string[], target: WarmTarget, goesOn: () => boolean): Promise<number> {
  let next = 0;
  let found = 0;
  const readOn = async () => {
    while (next < keys.length && goesOn()) if (await target.read(keys[next++]!)) found++;
  };
  await Promise.all(Array.from({ length: WARM_RUNNING_MAX }, readOn));
  return found;
}
