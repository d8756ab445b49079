// Who may fill a missing key, who waits for that, and what they are given meanwhile, where there is no L2. Cold.

import type { Clock } from "../../base/clock.ts";
import { LEASE_POLL_MS, RETRY_AFTER_MS } from "../../base/limits.ts";
import { systemTimers } from "../../base/timers.ts";
import { Waiters } from "../../coherence/waiters.ts";
import { ownedResult } from "../owned-result.ts";
import type { FillWish, Found, ReadResult } from "../store.ts";
import type { Commons, LeasesPort, StalePort } from "./commons.ts";
import type { StaleCopy } from "./stale-copies.ts";

export interface FillsOptions<M> {
  readonly clock: Clock;
  readonly epoch: string;
  readonly commons: Commons;
  /** Reads a key for one who waited for it: `wish` as one has it who would wait no more. */
  readonly read: (key: string, nowMs: number, wish: FillWish) => ReadResult<M> | Promise<ReadResult<M>>;
}

type IsCovered = (key: string, n: number, tagsOf: () => readonly string[]) => boolean;

const NO_WAIT: FillWish = { waitMs: 0 };

export class Fills<M> {
  readonly #options: FillsOptions<M>;
  readonly #leases: LeasesPort;
  readonly #waiters = new Waiters(systemTimers);
  readonly #stale: StalePort;

  constructor(options: FillsOptions<M>) {
    this.#options = options;
    this.#leases = options.commons.leases;
    this.#stale = options.commons.stale;
  }

  /** A write of any key concerns nobody here. Hot. */
  get isIdle(): boolean {
    return this.#leases.isEmpty && this.#waiters.isEmpty && this.#stale.isEmpty;
  }

  /** As Marks wants it. */
  oldestN(): number {
    return this.#leases.oldestN(this.#options.clock.nowMs());
  }

  /** What one is given who misses `key` while the sequence is at `n`. */
  miss(key: string, nowMs: number, n: number, wish: FillWish): ReadResult<M> | Promise<ReadResult<M>> {
    const token = crypto.randomUUID();
    switch (this.#leases.take(key, token, nowMs, n)) {
      case "granted":
        return {
          kind: "miss",
          fill: { token, retryAfterMs: 0, expired: this.#stale.get(key, nowMs)?.record },
        };
      case "held": {
        const copy = this.#stale.get(key, nowMs);
        if (copy !== undefined) return this.#foundStale(key, copy);
        if (wish.waitMs > 0) {
          this.#options.commons.attend();
          return this.#waited(key, nowMs + wish.waitMs);
        }
        return { kind: "miss", fill: { token: undefined, retryAfterMs: RETRY_AFTER_MS } };
      }
      case "full":
        return { kind: "miss" };
    }
  }

  /** `key` was written or removed. */
  changed(key: string): void {
    this.#leases.drop(key);
    this.#stale.drop(key);
    this.#waiters.changed(key);
  }

  /** `copy` may be served once its entry has expired. */
  keep(key: string, copy: StaleCopy, nowMs: number): void {
    this.#stale.set(key, copy, nowMs);
  }

  /** Another process has changed `key`, or anything, and has seen to what all have in common. */
  changedElsewhere(key: string | undefined): void {
    this.#waiters.changed(key);
  }

  /** Nobody waits for a key to change. */
  get isAwaited(): boolean {
    return !this.#waiters.isEmpty;
  }

  /** A mass invalidation has come into force. */
  invalidated(isCovered: IsCovered): void {
    this.#stale.dropCovered(isCovered);
    this.#waiters.changed(undefined);
  }

  /** Everything was invalidated. */
  clear(): void {
    this.#leases.clear();
    this.invalidated(() => true);
  }

  /** Whether `token` holds the right to fill `key`, and nothing since its grant covers the key or `tags`. */
  mayFill(key: string, token: string, tags: readonly string[], isCovered: IsCovered): boolean {
    const n = this.#leases.nOf(key, token, this.#options.clock.nowMs());
    return n !== undefined && !isCovered(key, n + 1, () => tags);
  }

  release(key: string, token: string): "released" | "gone" {
    if (this.#leases.nOf(key, token, this.#options.clock.nowMs()) === undefined) return "gone";
    this.#leases.drop(key);
    this.#waiters.changed(key);
    return "released";
  }

  #foundStale(key: string, { record, n, expiresAtMs }: StaleCopy): Found<M> {
    const entry = { key, record, version: n, expiresAtMs, memo: undefined };
    return { kind: "found", entry, version: { epoch: this.#options.epoch, n }, tier: "l1", stale: true };
  }

  /** Looks again whenever the key changes, until `untilMs`; at once for the last time where too many wait already. */
  async #waited(key: string, untilMs: number): Promise<ReadResult<M>> {
    const { clock, read } = this.#options;
    for (;;) {
      const remainingMs = untilMs - clock.nowMs();
      const hasWaited =
        remainingMs > 0 && (await this.#waiters.wait(key, Math.min(remainingMs, LEASE_POLL_MS)));
      const result = await read(key, clock.nowMs(), NO_WAIT);
      const isHeldByAnother =
        result.kind === "miss" && result.fill !== undefined && result.fill.token === undefined;
      if (!isHeldByAnother || !hasWaited) return ownedResult(result);
    }
  }
}
