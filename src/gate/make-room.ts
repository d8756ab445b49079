// Makes room in L1 for a large value before it is written, in slices: evicting many thousand entries takes long. Cold.

import { ROOM_SLICES_MAX, ROOM_STEPS } from "../base/limits.ts";
import type { Store } from "../store/store.ts";

/** Nothing where a value of `bytes` needs no more than one slice, else a promise of when there is room. */
export function makeRoom(
  { engine }: Pick<Store<unknown>, "engine">,
  bytes: number,
): Promise<void> | undefined {
  if (engine.prepare(bytes, ROOM_STEPS)) return undefined;
  return inSlices(() => engine.prepare(bytes, ROOM_STEPS));
}

async function inSlices(step: () => boolean): Promise<void> {
  for (let slices = 1; slices < ROOM_SLICES_MAX; slices++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (step()) return;
  }
}
