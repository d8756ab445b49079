// What the storage of an engine are made with. No code here.
import type { Allocator } from "./allocator.ts";
import type { Budget } from "../budget.ts";
import type { EvictionReason } from "../engine.ts";
import type { PolicyName } from "../policy/policy.ts";
import type { Slab } from "./slab.ts";

/** Counts entries by something else than their bytes; the byte budget holds besides. */
export interface Weigher {
  readonly weightMax: number;
  weigh(keyBytes: number, record: Uint8Array): number;
}

export interface EntryStorageOptions {
  readonly budget: Budget;
  readonly allocator: Allocator;
  /** An empty one to go on with; none: a new one. */
  readonly slab?: Slab | undefined;
  readonly policy: PolicyName;
  readonly random: () => number;
  readonly weigher: Weigher | undefined;
  /** A slot leaves for this reason; its bytes are still there. */
  readonly leaving: (slot: number, reason: EvictionReason | undefined) => void;
}
