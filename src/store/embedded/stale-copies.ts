// Copies of entries that may be served past their expiry, which the engine does not keep: bounded in bytes. Cold.

import { STALE_COPIES_BYTES_MAX } from "../../base/limits.ts";
import { tagsIn } from "../../record/in-place.ts";

export interface StaleCopy {
  readonly record: Uint8Array;
  readonly n: number;
  /** Engine time: until then the engine itself has the entry. */
  readonly expiresAtMs: number;
  readonly keptUntilMs: number;
}

/** Copies looked at for such as may be served no more, with each that is added. */
const LOOKS_MAX = 8;
/** Bytes that a copy costs beyond its key and record. */
const COPY_BYTES = 200;

export class StaleCopies {
  /** The oldest first: beyond the bound they go. */
  readonly #byKey = new Map<string, StaleCopy>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** The copy of `key`, if it may be served at `nowMs`. */
  get(key: string, nowMs: number): StaleCopy | undefined {
    const copy = this.#byKey.get(key);
    if (copy === undefined || nowMs < copy.keptUntilMs) return copy;
    this.drop(key);
    return undefined;
  }

  /** Keeps `copy`, and drops some of those that may be served no more at `nowMs`. */
  set(key: string, copy: StaleCopy, nowMs: number): void {
    this.drop(key);
    let looks = LOOKS_MAX;
    for (const [other, { keptUntilMs }] of this.#byKey) {
      if (looks-- === 0) break;
      if (keptUntilMs <= nowMs) this.drop(other);
    }
    this.#byKey.set(key, copy);
    this.#bytes += bytesOf(key, copy);
    for (const oldest of this.#byKey.keys()) {
      if (this.#bytes <= STALE_COPIES_BYTES_MAX) return;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const copy = this.#byKey.get(key);
    if (copy === undefined) return;
    this.#byKey.delete(key);
    this.#bytes -= bytesOf(key, copy);
  }

  /** Drops those of which `isCovered` says so. */
  dropCovered(isCovered: (key: string, n: number, tagsOf: () => readonly string[]) => boolean): void {
    for (const [key, { n, record }] of this.#byKey) {
      if (isCovered(key, n, () => tagsIn(record))) this.drop(key);
    }
  }
}

function bytesOf(key: string, { record }: StaleCopy): number {
  return 2 * key.length + record.length + COPY_BYTES;
}
