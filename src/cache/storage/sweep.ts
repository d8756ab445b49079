// The sweep after `revalidate()`: asks, a little at a time, about every suspect that was not asked about since. Cold.
//
// It goes round and round while there is cause. A call of `revalidate()` during a round starts none anew: the round
// goes on against the newest generation, and another follows, so that each cause is dealt with after two at the most.
// Who is suspect stands in a column, so that a round reads four bytes of most entries, one after another, and nothing else.
import { COMPARISONS_A_STEP, GIVE_BACK_BYTES, NONE } from "../bounds.ts";
import type { Validation } from "../engine.ts";
import type { EntryStorage } from "./entry-storage.ts";
import type { StateWords } from "../memory/state-words.ts";

const EVERY: readonly number[] = [0];

/** What a sweep does in a storage. */
export interface SweepWork {
  readonly storage: EntryStorage;
  /** The newest generation. */
  readonly generation: number;
  /** Every entry is suspect where it is absent. */
  readonly suspectsSince: Validation<never>["suspectsSince"] | undefined;
  /** Asks about the entry of a slot. */
  readonly serve: (slot: number) => void;
}

export class Sweep {
  /** Every suspect has been asked about since this generation began. */
  checked = 0;
  /** The slot that it looks at next; NONE: it is done. */
  #at = NONE;
  /** The generation when the round began. */
  #round = 0;

  transfer(state: StateWords): void {
    this.checked = state.number(this.checked);
    this.#at = state.number(this.#at);
    this.#round = state.number(this.#round);
  }

  begin(generation: number): void {
    if (this.#at !== NONE) return;
    this.#at = 0;
    this.#round = generation;
  }

  /** There is nothing left to ask about. */
  end(generation: number): void {
    this.#at = NONE;
    this.checked = generation;
  }

  /** The engine's `tick`: gives memory back, drops what has expired, and asks about suspects. */
  tick(work: SweepWork, nowMs: number, steps: number): number {
    const { storage } = work;
    storage.giveBack(GIVE_BACK_BYTES);
    const examined = storage.wheel.advance(
      nowMs,
      steps,
      (slot) => storage.items.expiresAtMs(slot),
      (slot) => storage.drop(slot, "expired"),
    );
    return examined >= steps ? examined : examined + this.#advance(work, steps - examined);
  }

  /** Asks about up to `steps` suspects, or passes over others for as long as that takes; how many steps it made. */
  #advance(work: SweepWork, steps: number): number {
    let left = steps;
    while (this.#at !== NONE && left > 0) left = this.#advanceRound(work, left);
    return steps - left;
  }

  /** Advances to the end of the round at most; how many steps are left. */
  #advanceRound({ storage, generation, suspectsSince, serve }: SweepWork, steps: number): number {
    const { slots, items } = storage;
    const suspects = suspectsSince?.(this.checked) ?? EVERY;
    const stride = Math.ceil(COMPARISONS_A_STEP / Math.max(1, suspects.length));
    let left = steps;
    let slot = this.#at;
    for (; slot < slots.high && left > 0; left--) {
      const end = Math.min(slots.high, slot + stride);
      slot = nextSuspect(slots.traits, suspects, slot, end);
      if (slot === end) continue;
      if (slots.isLive(slot) && items.stamp(slot) !== generation) serve(slot);
      slot++;
    }
    this.#at = slot;
    if (slot < slots.high) return left;
    this.checked = this.#round;
    this.#at = this.#round === generation ? NONE : 0;
    this.#round = generation;
    return left;
  }
}

/** The first suspect among the slots from `from` on, or `to`. */
function nextSuspect(traits: Int32Array, suspects: readonly number[], from: number, to: number): number {
  if (suspects.length === 1) {
    const bits = suspects[0]!;
    let slot = from;
    while (slot < to && (traits[slot]! & bits) !== bits) slot++;
    return slot;
  }
  for (let slot = from; slot < to; slot++) {
    const own = traits[slot]!;
    for (let i = 0; i < suspects.length; i++) if ((own & suspects[i]!) === suspects[i]) return slot;
  }
  return to;
}
