// Fills a new instance's L1 with what the fleet reads most, before it is sent requests; bounded in time, keys and bytes.

import { WARM_KEYS_MAX, WARM_RUNNING_MAX } from "../base/limits.ts";
import { parseLoad } from "./load.ts";
import type { RegistryView } from "./registry.ts";

/** The fleet's hottest keys, hottest first: by each instance's own order, the same key of several counting for each. */
export function hottestOf(view: RegistryView): readonly string[] {
  const heat = new Map<string, number>();
  for (const { load } of view.entries) {
    const keys = load === undefined ? [] : (parseLoad(load)?.hot ?? []);
    for (const [rank, key] of keys.entries()) heat.set(key, (heat.get(key) ?? 0) + 1 / (rank + 1));
  }
  const hottest = [...heat].toSorted(([, a], [, b]) => b - a).slice(0, WARM_KEYS_MAX);
  return hottest.map(([key]) => key);
}

/** Reads `keys` in their order, several at once, while `goesOn` says so; returns how many were found. */
export async function readAll(
  keys: readonly string[],
  read: (key: string) => Promise<boolean>,
  goesOn: () => boolean,
): Promise<number> {
  let next = 0;
  let found = 0;
  const readOn = async () => {
    while (next < keys.length && goesOn()) if (await read(keys[next++]!)) found++;
  };
  await Promise.all(Array.from({ length: WARM_RUNNING_MAX }, readOn));
  return found;
}
