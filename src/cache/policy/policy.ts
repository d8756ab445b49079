// What an eviction policy is to the engine, and what one is made with. No code here.
import type { Arena } from "../memory/arena.ts";
import type { Slots } from "../storage/slots.ts";
import type { StateWords } from "../memory/state-words.ts";

/**
 * Orders the resident slots for eviction. It links them through the columns `newer`, `older`, `uses` and `queue` of
 * the slot table, which are its own, and reads `weight` and `hash`. Weights are what the budget is counted in.
 */
export interface Policy {
  /** Resident bytes of what it keeps besides the columns. */
  readonly bytes: number;
  /** The weight that may be resident in all; it changes as the budget's other users grow and shrink. */
  capacity: number;
  /** Hits of an entry, from its first, that tell the policy anything at present; further ones need not be told. */
  readonly hitsTold: number;
  /** Forgets all; called once before anything else. */
  clear(): void;
  /** Hands over what it keeps besides arrays. */
  transfer(state: StateWords): void;
  /** A slot came in that was not resident. Its `uses` and `queue` are 0. */
  add(slot: number): void;
  /** A resident slot was read or written. Hot. */
  hit(slot: number): void;
  /** A resident slot's weight is another now; the column `weight` still has the old one. */
  reweigh(slot: number, weight: number): void;
  /** A slot left by no choice of the policy. */
  remove(slot: number): void;
  /** Chooses a slot, unlinks and remembers it; NONE when it has none. */
  evict(): number;
  /** How often a resident slot was used lately, on a scale of the policy's own. */
  heat(slot: number): number;
  /** Throws unless its queues have exactly the live slots. */
  verify(): void;
}

export interface PolicyContext {
  readonly slots: Slots;
  readonly arena: Arena;
  readonly random: () => number;
}
