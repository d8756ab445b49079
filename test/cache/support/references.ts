// Known eviction policies in their plainest form, to compare ours with: S3-FIFO and GDSF over sized requests.
import type { Trace } from "../../../bench/support/trace.ts";

export interface Ratios {
  readonly hits: number;
  readonly bytes: number;
}

/** S3-FIFO (SOSP 2023): 10 % small, ghosts as long as main in bytes, promotion after two hits, counted up to three. */
export function s3fifo({ ids, sizes }: Trace, capacity: number): Ratios {
  const mainMax = capacity * 0.9;
  const small = new Fifo(sizes);
  const main = new Fifo(sizes);
  const ghosts = new Fifo(sizes);
  const uses = new Uint8Array(sizes.length);
  return replay(ids, sizes, (key) => {
    if (small.keys.has(key) || main.keys.has(key)) {
      uses[key] = Math.min(3, uses[key]! + 1);
      return true;
    }
    if (sizes[key]! > capacity) return false;
    const isKnown = ghosts.delete(key);
    while (small.bytes + main.bytes + sizes[key]! > capacity) {
      const isFromMain = main.bytes > mainMax || small.keys.size === 0;
      const oldest = isFromMain ? main.shift() : small.shift();
      if (isFromMain && uses[oldest]! > 0) {
        uses[oldest]!--;
        main.push(oldest);
      } else if (!isFromMain && uses[oldest]! >= 2) {
        uses[oldest] = 0;
        main.push(oldest);
      } else if (!isFromMain) {
        ghosts.push(oldest);
        while (ghosts.bytes > mainMax) ghosts.shift();
      }
    }
    uses[key] = 0;
    (isKnown ? main : small).push(key);
    return false;
  });
}

/** Greedy-Dual-Size-Frequency (Cherkasova, 1998): the least of age and uses by bytes goes. */
export function gdsf({ ids, sizes }: Trace, capacity: number): Ratios {
  const priority = new Map<number, number>();
  const uses = new Uint32Array(sizes.length);
  let bytes = 0;
  let age = 0;
  return replay(ids, sizes, (key) => {
    const isHit = priority.has(key);
    const size = sizes[key]!;
    if (!isHit && size > capacity) return false;
    const bytesMax = isHit ? capacity : capacity - size;
    while (bytes > bytesMax) {
      let least = -1;
      age = Infinity;
      for (const [rival, value] of priority) {
        if (value >= age) continue;
        age = value;
        least = rival;
      }
      priority.delete(least);
      bytes -= sizes[least]!;
    }
    if (!isHit) bytes += size;
    uses[key] = isHit ? uses[key]! + 1 : 1;
    priority.set(key, age + uses[key]! / size);
    return isHit;
  });
}

function replay(ids: Uint32Array, sizes: readonly number[], access: (key: number) => boolean): Ratios {
  let hits = 0;
  let hitBytes = 0;
  let bytes = 0;
  for (const key of ids) {
    bytes += sizes[key]!;
    if (!access(key)) continue;
    hits++;
    hitBytes += sizes[key]!;
  }
  return { hits: hits / ids.length, bytes: hitBytes / bytes };
}

/** A queue of keys and what they weigh; a set iterates in order of insertion. */
class Fifo {
  readonly keys = new Set<number>();
  bytes = 0;
  readonly #sizes: readonly number[];

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  push(key: number): void {
    this.keys.add(key);
    this.bytes += this.#sizes[key]!;
  }

  delete(key: number): boolean {
    const isThere = this.keys.delete(key);
    if (isThere) this.bytes -= this.#sizes[key]!;
    return isThere;
  }

  /** The oldest, taken out. */
  shift(): number {
    const key = this.keys.values().next().value!;
    this.delete(key);
    return key;
  }
}
