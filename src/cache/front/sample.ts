// What is resident, in part: a key by chance, the keys most used, a walk over all of it in steps. Cold.
import type { FrontEntry } from "./front-entry.ts";
import { mostOf } from "./most-of.ts";
import type { EntryStorage } from "../storage/entry-storage.ts";

/** Slots tried by chance before the table is walked. */
const TRIES_MAX = 64;
/** Slots passed over after that, and live ones among them that were tried: each may have to be dropped. */
const WALK_SLOTS_MAX = 1 << 20;
const WALK_SERVED_MAX = 4_096;
/** Keys that the walk chooses one of: slots side by side would always give the same one. */
const WALK_FOUND_MAX = 8;
/** Cold slots looked at for the most used keys. */
const LOOKS_MAX = 10_000;

/** How many slots a walk passes over for each entry asked of it, so that a sparse table costs little a call. */
const WALK_SLOTS_FACTOR = 8;

/** Visits about `count` entries from slot `cursor` on, as far as `serve` gives them; the slot to go on from, or 0. */
export function walk<E>(
  { slots }: EntryStorage,
  cursor: number,
  count: number,
  serve: (slot: number) => E | undefined,
  visit: (entry: E) => void,
): number {
  const end = Math.min(slots.high, cursor + Math.max(1, count) * WALK_SLOTS_FACTOR);
  let slot = cursor;
  let visited = 0;
  while (slot < end && visited < count) {
    const at = slot++;
    const entry = slots.isLive(at) ? serve(at) : undefined;
    if (entry === undefined) continue;
    visited++;
    visit(entry);
  }
  return slot < slots.high ? slot : 0;
}

/**
 * The key of a live slot chosen evenly, of which `serve` says that it may be served. Where chance finds none, one of
 * the next from some slot on; none where that is far, or what is on the way has nearly all expired.
 */
export function randomLiveKey<E extends { readonly key: string }>(
  { slots }: EntryStorage,
  random: () => number,
  serve: (slot: number) => E | undefined,
): string | undefined {
  for (let i = 0; i < TRIES_MAX && slots.live > 0; i++) {
    const slot = Math.floor(random() * slots.high);
    const key = slots.isLive(slot) ? serve(slot)?.key : undefined;
    if (key !== undefined) return key;
  }
  const start = Math.floor(random() * slots.high);
  const end = start + Math.min(slots.high, WALK_SLOTS_MAX);
  let served = 0;
  const found: string[] = [];
  for (let at = start; at < end && served < WALK_SERVED_MAX && slots.live > 0; at++) {
    const slot = at % slots.high;
    if (!slots.isLive(slot)) continue;
    served++;
    const key = serve(slot)?.key;
    if (key !== undefined && found.push(key) === WALK_FOUND_MAX) break;
  }
  return found[Math.floor(random() * found.length)];
}

/** The front's keys by their hits, then cold ones by the policy's measure. */
export function hottestKeys<M>(
  { slots, items, policy }: EntryStorage,
  front: readonly FrontEntry<M>[],
  count: number,
  isServed: (slot: number) => boolean,
): string[] {
  const keys: string[] = [];
  for (const { key, slot } of mostOf(front, count, ({ hits }) => hits)) if (isServed(slot)) keys.push(key);
  if (keys.length >= count) return keys;
  const known = new Set(keys);
  const cold: number[] = [];
  const stride = Math.max(1, Math.ceil(slots.high / LOOKS_MAX));
  for (let slot = 0; slot < slots.high; slot += stride) if (slots.isLive(slot)) cold.push(slot);
  for (const slot of mostOf(cold, count, (at) => policy.heat(at))) {
    if (keys.length >= count) break;
    if (!slots.isLive(slot) || !isServed(slot)) continue;
    const key = items.key(slot);
    if (!known.has(key)) keys.push(key);
  }
  return keys;
}
