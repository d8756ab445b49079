// Keeps tracked keys by when they expire, near ones to a quarter of a second and far ones coarsely. Cold.
//
// Three levels of slots, each 256 times as wide as the one before it: a key lies in the narrowest that reaches far
// enough, and moves to a narrower one when its slot comes near. So the number of slots stays small however many
// different times there are, and a sweep looks at what is due and at nothing else.

/** A key that expires, and the slot that it lies in. */
export interface Expiring {
  /** Wall-clock ms at which it expires; `Infinity`: never, and it lies in no slot. */
  expiresAtMs: number;
  slot: Set<Expiring> | undefined;
}

const WIDTHS_MS = [250, 64_000, 16_384_000] as const;
const SLOTS_A_LEVEL = 256;
/** Times farther away than this lie in its slot, and are put anew when it comes. */
const FARTHEST_MS = 64 * 365 * 86_400_000;

export class ExpirySlots<T extends Expiring> {
  /** Of each level, by the slot's number: the time at which it ends, in widths of the level. */
  readonly #levels: readonly Map<number, Set<Expiring>>[] = WIDTHS_MS.map(() => new Map());

  /** `item` expires at `wallMs`, whatever was said before. */
  put(item: T, wallMs: number, nowMs: number): void {
    this.remove(item);
    item.expiresAtMs = wallMs;
    if (wallMs === Number.POSITIVE_INFINITY) return;
    const atMs = Math.min(wallMs, nowMs + FARTHEST_MS);
    let level = 0;
    while (level < WIDTHS_MS.length - 1 && atMs - nowMs > WIDTHS_MS[level]! * SLOTS_A_LEVEL) level++;
    // A near slot is told when it is over, so late; a coarse one is moved when it begins, so early.
    const widths = atMs / WIDTHS_MS[level]!;
    const number = level === 0 ? Math.ceil(widths) : Math.floor(widths);
    const slots = this.#levels[level]!;
    const slot = slots.get(number) ?? new Set();
    slots.set(number, slot);
    slot.add(item);
    item.slot = slot;
  }

  remove(item: T): void {
    item.slot?.delete(item);
    item.slot = undefined;
  }

  /**
   * Takes out up to `count` items of slots that are due at `nowMs`: `expired` is called with those that have expired,
   * the others are put nearer. Returns how many it took; fewer than `count`: no more are due.
   */
  sweep(nowMs: number, count: number, expired: (item: T) => void): number {
    let taken = 0;
    for (let level = WIDTHS_MS.length - 1; level >= 0; level--) {
      const slots = this.#levels[level]!;
      const due = Math.floor(nowMs / WIDTHS_MS[level]!);
      for (const [number, slot] of slots) {
        if (number > due) continue;
        for (const item of slot) {
          if (taken >= count) return taken;
          taken += 1;
          this.remove(item as T);
          if (item.expiresAtMs <= nowMs) expired(item as T);
          else this.put(item as T, item.expiresAtMs, nowMs);
        }
        if (slot.size === 0) slots.delete(number);
      }
    }
    return taken;
  }
}
