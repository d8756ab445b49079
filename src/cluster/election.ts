// One candidate's side of the election: when to ask for the lease, and whether it leads at a given moment. Pure.
//
// A candidate leads from the answer that gave it the lease until the lease may have ended by its own monotonic clock,
// counted from before it asked. So it stops leading before another can begin, even if the answer or the process was delayed.
// Besides, acts are fenced: Redis refuses them for an id and term that do not hold the lease.

import { LEASE_HEARTBEATS } from "../base/fleet-limits.ts";
import type { Lease } from "./registry.ts";

/** Upper bound on the drift between two monotonic clocks, as a share. */
const DRIFT = 0.05;
/** How long after the lease's end a candidate asks for it again. */
const AFTER_END_MS = 5;

export class Election {
  readonly leaseMs: number;
  readonly #heartbeatMs: number;
  #term: number | undefined;
  #untilMs = Number.NEGATIVE_INFINITY;
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
    this.leaseMs = LEASE_HEARTBEATS * heartbeatMs;
  }

  /** The term that it leads in at `nowMs`, if it does. */
  termAt(nowMs: number): number | undefined {
    return nowMs < this.#untilMs ? this.#term : undefined;
  }

  /** Until when it leads unless it renews; in the past if it does not. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** When it is to ask next. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** The term to ask with: that of a lease that it may still hold in Redis. */
  get askTerm(): number | undefined {
    return this.#term;
  }

  /** Takes the answer to what was asked at `sentMs`. */
  answered(sentMs: number, nowMs: number, lease: Lease): void {
    if (!lease.isGranted) {
      // Held by another, or by an earlier process with the same id, of whose acts this one knows nothing.
      this.#stepDown();
      const endMs = nowMs + lease.remainingMs + AFTER_END_MS;
      this.#dueMs = Math.min(nowMs + this.#heartbeatMs, endMs);
      return;
    }
    this.#term = lease.term;
    this.#untilMs = sentMs + this.leaseMs * (1 - DRIFT);
    this.#dueMs = sentMs + this.#heartbeatMs;
  }

  /** The registry could not be reached, or did not answer: whether it granted the lease is unknown. */
  failed(nowMs: number): void {
    if (this.termAt(nowMs) === undefined) this.#stepDown();
    this.#dueMs = nowMs + this.#heartbeatMs / 4;
  }

  /** Stops leading at once. */
  resign(): void {
    this.#stepDown();
  }

  #stepDown(): void {
    this.#term = undefined;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }
}
