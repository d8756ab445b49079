// Items in the slab: a header, the key, the record; where each field lies and how it is read. Hot.
import { HEADER_BYTES } from "./bounds.ts";
import { keyBytesOf, readKey } from "./key-bytes.ts";
import type { KeyBytes } from "./key-bytes.ts";
import type { Slab } from "./slab.ts";
import type { Slots } from "./slots.ts";

/** Words of the header. */
const SLOT_WORD = 0;
const KEY_WORD = 1;
const RECORD_WORD = 2;
const STAMP_WORD = 3;
/** Doubles of the header. */
const VERSION_DOUBLE = 2;
const EXPIRY_DOUBLE = 3;

/** Reads and writes the fields of a slot's item by the slot's address. */
export class Items {
  readonly #slots: Slots;
  readonly #slab: Slab;

  constructor(slots: Slots, slab: Slab) {
    this.#slots = slots;
    this.#slab = slab;
  }

  /** Bytes of an item in the slab. */
  sizeOf(keyBytes: number, recordBytes: number): number {
    return this.#slab.roundUp(HEADER_BYTES + keyBytes + recordBytes);
  }

  size(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return this.sizeAt(slab.words[slab.idOf(address)]!, (address & slab.offsetMask) << slab.toWord);
  }

  sizeAt(words: Uint32Array, word: number): number {
    return this.sizeOf(keyBytesOf(words[word + KEY_WORD]!), words[word + RECORD_WORD]!);
  }

  slotAt(words: Uint32Array, word: number): number {
    return words[word + SLOT_WORD]!;
  }

  write(
    slot: number,
    key: string,
    keys: KeyBytes,
    record: Uint8Array,
    version: number,
    expiresAtMs: number,
    stamp: number,
  ): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = slab.idOf(address);
    const unit = address & slab.offsetMask;
    const words = slab.words[id]!;
    const word = unit << slab.toWord;
    words[word + SLOT_WORD] = slot;
    words[word + KEY_WORD] = keys.lengthWord;
    words[word + RECORD_WORD] = record.byteLength;
    words[word + STAMP_WORD] = stamp;
    const double = unit << slab.toDouble;
    slab.doubles[id]![double + VERSION_DOUBLE] = version;
    slab.doubles[id]![double + EXPIRY_DOUBLE] = expiresAtMs;
    const at = (unit << slab.toByte) + HEADER_BYTES;
    keys.writeKey(key, slab.bytes[id]!, at);
    slab.bytes[id]!.set(record, at + keys.bytes);
  }

  isKey(slot: number, key: string, keys: KeyBytes): boolean {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = slab.idOf(address);
    const unit = address & slab.offsetMask;
    const word = slab.words[id]![(unit << slab.toWord) + KEY_WORD]!;
    return keys.isKeyAt(key, slab.bytes[id]!, (unit << slab.toByte) + HEADER_BYTES, word);
  }

  key(slot: number): string {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = slab.idOf(address);
    const unit = address & slab.offsetMask;
    const word = slab.words[id]![(unit << slab.toWord) + KEY_WORD]!;
    return readKey(slab.bytes[id]!, (unit << slab.toByte) + HEADER_BYTES, word);
  }

  /** A view of the record, right until the item moves or dies. */
  record(slot: number): Uint8Array {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = slab.idOf(address);
    const unit = address & slab.offsetMask;
    const words = slab.words[id]!;
    const word = unit << slab.toWord;
    const at = (unit << slab.toByte) + HEADER_BYTES + keyBytesOf(words[word + KEY_WORD]!);
    return new Uint8Array(slab.bytes[id]!.buffer, at, words[word + RECORD_WORD]!);
  }

  version(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return slab.doubles[slab.idOf(address)]![
      ((address & slab.offsetMask) << slab.toDouble) + VERSION_DOUBLE
    ]!;
  }

  expiresAtMs(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return slab.doubles[slab.idOf(address)]![((address & slab.offsetMask) << slab.toDouble) + EXPIRY_DOUBLE]!;
  }

  /** The generation in which the entry was last known to be valid. */
  stamp(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return slab.words[slab.idOf(address)]![((address & slab.offsetMask) << slab.toWord) + STAMP_WORD]!;
  }

  setStamp(slot: number, stamp: number): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    slab.words[slab.idOf(address)]![((address & slab.offsetMask) << slab.toWord) + STAMP_WORD] = stamp;
  }
}
