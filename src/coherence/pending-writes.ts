// The writes of one partition that are sent and not yet acknowledged, by key. Pure.

/** One write under way. */
export interface PendingWrite {
  readonly key: string;
  /** The partition's generation when it began. */
  readonly gen: number;
  /** The newest invalidation of the key that was seen meanwhile: an older write is not the truth. */
  minN: number;
  /** Something without a number, or a loss, came between. */
  poisoned: boolean;
}

export class PendingWrites {
  readonly #byKey = new Map<string, Set<PendingWrite>>();

  begin(key: string, gen: number): PendingWrite {
    const write: PendingWrite = { key, gen, minN: 0, poisoned: false };
    const writes = this.#byKey.get(key);
    if (writes === undefined) this.#byKey.set(key, new Set([write]));
    else writes.add(write);
    return write;
  }

  end(write: PendingWrite): void {
    const writes = this.#byKey.get(write.key);
    if (writes === undefined) return;
    writes.delete(write);
    if (writes.size === 0) this.#byKey.delete(write.key);
  }

  /** An invalidation of `key` with number `n` was seen; without one (`undefined`) its order is unknown. */
  raise(key: string, n: number | undefined): void {
    for (const write of this.#byKey.get(key) ?? []) raiseOne(write, n);
  }

  raiseAll(n: number | undefined): void {
    for (const writes of this.#byKey.values()) for (const write of writes) raiseOne(write, n);
  }
}

function raiseOne(write: PendingWrite, n: number | undefined): void {
  if (n === undefined) write.poisoned = true;
  else if (n > write.minN) write.minN = n;
}
