// What a client keeps of what it has read: the least recently read go first where they are too many bytes.

export interface Copy {
  readonly value: Uint8Array;
  readonly contentType: string;
  /** Index into identity, br, gzip, zstd: how `value` is coded. */
  readonly coding: number;
  readonly hash: bigint;
}

interface Kept extends Copy {
  /** In the client's monotonic ms. */
  readonly expiresAtMs: number;
  /** The version that was asked for at the least when it was read; empty: any. */
  readonly minVersion: string;
}

/** What a copy takes beside its value and its key's characters, about. */
const COPY_BYTES = 256;

export class Copies {
  /** Bytes that copies take, about. */
  bytes = 0;
  readonly #bytesMax: number;
  readonly #dropped: (key: string) => void;
  /** In the order of their last reads. */
  readonly #byKey = new Map<string, Kept>();

  /** `dropped` is told the key of each copy that was given up for room. */
  constructor(bytesMax: number, dropped: (key: string) => void) {
    this.#bytesMax = bytesMax;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The copy of `key` that is at least `minVersion`, so far as that is known (empty: any). */
  get(key: string, minVersion: string, nowMs: number): Copy | undefined {
    const kept = this.#byKey.get(key);
    if (kept === undefined || nowMs >= kept.expiresAtMs) return undefined;
    if (minVersion !== "" && minVersion !== kept.minVersion) return undefined;
    this.#byKey.delete(key);
    this.#byKey.set(key, kept);
    return kept;
  }

  set(key: string, kept: Kept): void {
    this.delete(key);
    const bytes = bytesOf(key, kept);
    if (bytes > this.#bytesMax) return this.#dropped(key);
    this.#byKey.set(key, kept);
    this.bytes += bytes;
    for (const oldest of this.#byKey.keys()) {
      if (this.bytes <= this.#bytesMax) return;
      this.delete(oldest);
      this.#dropped(oldest);
    }
  }

  delete(key: string): void {
    const kept = this.#byKey.get(key);
    if (kept === undefined) return;
    this.#byKey.delete(key);
    this.bytes -= bytesOf(key, kept);
  }

  clear(): void {
    this.#byKey.clear();
    this.bytes = 0;
  }
}

function bytesOf(key: string, { value }: Copy): number {
  return COPY_BYTES + 2 * key.length + value.length;
}
