// Reads entries of shards that other processes may be writing: copies, then looks whether the copy is whole. Hot.
//
// Words that others write are read by plain loads: Bun compiles `Atomics.load` to an addition of 0, which takes the
// cache line from every other reader. Plain loads stay in order between two fences, each an addition of 0 to a word that
// only this process touches (docs/one-memory.md, "Memory order").
import { CHAIN_MAX, NONE, READ_ATTEMPTS_MAX } from "../bounds.ts";
import type { RecordSpan } from "../engine.ts";
import { MutableRecordSpan } from "../storage/items.ts";
import { BUCKETS, STRUCTURE } from "../storage/index-table.ts";
import type { KeyBytes } from "../storage/key-bytes.ts";
import { GENERATION } from "./layout.ts";
import type { Shard } from "./shard.ts";

/** What came of a read. */
export type ReadOutcome = "hit" | "miss" | "busy";

/** Records up to this size are copied into memory that the next read uses again. */
const SCRATCH_BYTES = 64 * 1024;

/** A key that is looked up: as a string, or as bytes in ASCII from `start` to `end`. */
export class SoughtKey {
  hash = 0;
  key: string | undefined = undefined;
  source: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
}

export class ShardReader {
  /** The copy of the last hit, good until the next read. */
  readonly copy = new MutableRecordSpan();
  slot = NONE;
  sequence = 0;
  generation = 0;
  version = 0;
  expiresAtMs = 0;
  stamp = 0;
  /** Reads that others' writes spoilt, counted by attempts. */
  retries = 0;
  readonly #keys: KeyBytes;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #span = new MutableRecordSpan();
  readonly #own = new Int32Array(new SharedArrayBuffer(64));

  /** `keys`: measured for the key that is sought before each read by a string. */
  constructor(keys: KeyBytes) {
    this.#keys = keys;
  }

  /** Looks `sought` up in its shard and copies its record; `busy`: all attempts were spoilt. */
  read(shard: Shard, sought: SoughtKey): ReadOutcome {
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const outcome = this.attempt(shard, sought);
      if (outcome !== "busy") return outcome;
      this.retries++;
    }
    return "busy";
  }

  /** One attempt; `busy`: a write has spoilt it. */
  attempt(shard: Shard, sought: SoughtKey): ReadOutcome {
    const generation = shard.header[GENERATION]!;
    if ((generation & 1) !== 0) return "busy";
    this.generation = generation;
    let outcome = this.#walk(shard, sought);
    if (outcome !== "miss") return outcome;
    // Not found: that counts only where chains led nowhere else meanwhile.
    const { words } = shard.storage.index;
    const structure = words[STRUCTURE]!;
    if ((structure & 1) !== 0) return "busy";
    this.#fence();
    outcome = this.#walk(shard, sought);
    if (outcome !== "miss") return outcome;
    this.#fence();
    const isSame = words[STRUCTURE] === structure && shard.header[GENERATION] === generation;
    return isSame ? "miss" : "busy";
  }

  /** Whether what was read of `slot` under `sequence` and `generation` is what is there still. */
  isCurrent(shard: Shard, slot: number, sequence: number, generation: number): boolean {
    return shard.storage.slots.sequence[slot] === sequence && shard.header[GENERATION] === generation;
  }

  #walk(shard: Shard, sought: SoughtKey): ReadOutcome {
    const { slots, index } = shard.storage;
    const { hash, next } = slots;
    const wanted = sought.hash;
    let slot = index.heads[bucketOf(wanted, index.words[BUCKETS]!)]! - 1;
    for (let steps = 0; slot !== NONE; steps++) {
      if (steps === CHAIN_MAX || !(slot >= 0 && slot < slots.capacity)) return "busy";
      if (hash[slot] === wanted) {
        const outcome = this.#take(shard, slot, sought);
        if (outcome !== "miss") return outcome;
      }
      slot = next[slot]!;
    }
    return "miss";
  }

  /** Copies the entry of `slot` if it has the key; `miss`: it has another. */
  #take(shard: Shard, slot: number, sought: SoughtKey): ReadOutcome {
    const { slots, items } = shard.storage;
    const sequence = slots.sequence[slot]!;
    if ((sequence & 1) !== 0) return "busy";
    this.#fence();
    const { key } = sought;
    const isKey =
      key === undefined
        ? items.isKeyOf(slot, sought.source, sought.start, sought.end)
        : items.isKey(slot, key, this.#keys);
    if (isKey) {
      items.locate(slot, this.#span);
      this.version = items.version(slot);
      this.expiresAtMs = items.expiresAtMs(slot);
      this.stamp = items.stamp(slot);
      // Lengths that were torn are not to be copied by.
      if (slots.sequence[slot] !== sequence || !this.#copyOf(this.#span)) return "busy";
    }
    this.#fence();
    if (!this.isCurrent(shard, slot, sequence, this.generation)) return "busy";
    if (!isKey) return "miss";
    this.slot = slot;
    this.sequence = sequence;
    return "hit";
  }

  /** The last copy, for whoever keeps it. */
  takeCopy(): Buffer {
    const { bytes, end } = this.copy;
    if (bytes !== this.#scratch) return bytes;
    const own = Buffer.allocUnsafeSlow(end);
    bytes.copy(own, 0, 0, end);
    return own;
  }

  #copyOf({ bytes, start, end }: RecordSpan): boolean {
    if (!(start <= end && end <= bytes.length)) return false;
    const length = end - start;
    const { copy } = this;
    copy.bytes = length <= SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(length);
    copy.start = 0;
    copy.end = length;
    bytes.copy(copy.bytes, 0, start, end);
    return true;
  }

  #fence(): void {
    Atomics.add(this.#own, 0, 0);
  }
}

/** Linear hashing, as the index has it: `buckets` and the power of two at or below it. */
function bucketOf(hash: number, buckets: number): number {
  const base = 1 << (31 - Math.clz32(buckets));
  const bucket = hash & (2 * base - 1);
  return bucket < buckets ? bucket : bucket & (base - 1);
}
