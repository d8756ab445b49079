// What an embedded store keeps beside the engine: its own, or common to all processes that write the engine. No code.

import type { LeaseAnswer } from "../leases.ts";
import type { StaleCopy } from "./stale-copies.ts";

/** Rights to fill keys, as Leases has them. Where they are common, the key is held during each call that names one. */
export interface LeasesPort {
  readonly isEmpty: boolean;
  take(key: string, token: string, nowMs: number, n: number): LeaseAnswer;
  nOf(key: string, token: string, nowMs: number): number | undefined;
  oldestN(nowMs: number): number;
  drop(key: string): void;
  clear(): void;
}

/** Copies of entries for after their expiry, as StaleCopies has them. The key is held likewise. */
export interface StalePort {
  readonly isEmpty: boolean;
  get(key: string, nowMs: number): StaleCopy | undefined;
  set(key: string, copy: StaleCopy, nowMs: number): void;
  drop(key: string): void;
  dropCovered(isCovered: (key: string, n: number, tagsOf: () => readonly string[]) => boolean): void;
}

export interface Commons {
  /** The number of the last change. */
  readonly n: number;
  /** The number of a change that is about to be made. */
  nextN(): number;
  /**
   * Nobody but this process wants to hear of changes, and no right to fill is held. Asked while the key is held that is
   * about to be written.
   */
  readonly isQuiet: boolean;
  /** Somebody waits in this process for a key to change. */
  attend(): void;
  readonly leases: LeasesPort;
  readonly stale: StalePort;
}
