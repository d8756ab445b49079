// What the storage of an engine is made with. No code here.
import type { Arena } from "../memory/arena.ts";
import type { Budget } from "../budget.ts";
import type { EvictionReason } from "../departures.ts";
import type { Policy, PolicyContext } from "../policy/policy.ts";
import type { KeyBytes } from "./key-bytes.ts";
import type { Slab } from "../memory/slab.ts";

export interface EntryStorageOptions {
  readonly budget: Budget;
  /** Where the arrays lie. */
  readonly arena: Arena;
  readonly slab: Slab;
  /** Other processes read and write it too: it is as they left it, and to be cleared where it is new. */
  readonly isShared: boolean;
  readonly createPolicy: (context: PolicyContext) => Policy;
  /** Has the key that is looked up or written: it is measured before each call that takes one. */
  readonly keys: KeyBytes;
  readonly random: () => number;
  /** A slot leaves for this reason; its bytes are still there. */
  readonly leaving: (slot: number, reason: EvictionReason | undefined) => void;
}
