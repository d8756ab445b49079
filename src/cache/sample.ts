// Samples of what is resident: a key by chance, the keys most used. Cold.
import type { FrontEntry } from "./front-entry.ts";
import type { Residents } from "./residents.ts";

/** Slots tried by chance before the table is walked. */
const TRIES_MAX = 64;
/** Cold slots looked at for the most used keys. */
const LOOKS_MAX = 10_000;

/** The key of a live slot chosen evenly, of which `serve` says that it may be served. */
export function randomLiveKey<E extends { readonly key: string }>(
  { slots }: Residents,
  random: () => number,
  serve: (slot: number) => E | undefined,
): string | undefined {
  for (let i = 0; i < TRIES_MAX && slots.live > 0; i++) {
    const slot = Math.floor(random() * slots.high);
    const key = slots.isLive(slot) ? serve(slot)?.key : undefined;
    if (key !== undefined) return key;
  }
  const start = Math.floor(random() * slots.high);
  for (let i = 0; i < slots.high && slots.live > 0; i++) {
    const slot = (start + i) % slots.high;
    const key = slots.isLive(slot) ? serve(slot)?.key : undefined;
    if (key !== undefined) return key;
  }
  return undefined;
}

/** The front's keys by their hits, then cold ones by the policy's measure. */
export function hottestKeys<M>(
  { slots, items, policy }: Residents,
  front: readonly FrontEntry<M>[],
  count: number,
  isServed: (slot: number) => boolean,
): string[] {
  const keys: string[] = [];
  for (const { key, slot } of front.toSorted((a, b) => b.hits - a.hits)) {
    if (keys.length >= count) return keys;
    if (isServed(slot)) keys.push(key);
  }
  const known = new Set(keys);
  const cold: number[] = [];
  const stride = Math.max(1, Math.ceil(slots.high / LOOKS_MAX));
  for (let slot = 0; slot < slots.high; slot += stride) if (slots.isLive(slot)) cold.push(slot);
  for (const slot of cold.toSorted((a, b) => policy.heat(b) - policy.heat(a))) {
    if (keys.length >= count) break;
    if (!slots.isLive(slot) || !isServed(slot)) continue;
    const key = items.key(slot);
    if (!known.has(key)) keys.push(key);
  }
  return keys;
}
