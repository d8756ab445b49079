// Items in the slab: a header, the key, the record; where each field lies and how it is read. Hot.
import { copyBytes } from "../../base/bytes/copy-bytes.ts";
import { HEADER_BYTES, NOWHERE } from "../bounds.ts";
import type { RecordSpan } from "../engine.ts";
import type { EntryWrite } from "./entry-write.ts";
import { isAuxiliaryAt, keyBytesOf, readKey } from "./key-bytes.ts";
import type { KeyBytes } from "./key-bytes.ts";
import type { Slab } from "../memory/slab.ts";
import type { Slots } from "./slots.ts";

/** Words of the header. */
const SLOT_WORD = 0;
const KEY_WORD = 1;
const RECORD_WORD = 2;
const STAMP_WORD = 3;
/** One that lies in the cache line after the header's. */
const TOUCHED_WORD = 16;
/** Doubles of the header. */
const VERSION_DOUBLE = 2;
const EXPIRY_DOUBLE = 3;

/** A RecordSpan that is used again and again. */
export class MutableRecordSpan implements RecordSpan {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
}

/** Reads and writes the fields of a slot's item by the slot's address. */
export class Items {
  readonly #slots: Slots;
  readonly #slab: Slab;
  readonly #recordSpan = new MutableRecordSpan();

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
    return this.sizeAt(slab.words[address >>> slab.viewShift]!, (address & slab.offsetMask) << slab.toWord);
  }

  sizeAt(words: Uint32Array, word: number): number {
    return this.sizeOf(keyBytesOf(words[word + KEY_WORD]!), words[word + RECORD_WORD]!);
  }

  slotAt(words: Uint32Array, word: number): number {
    return words[word + SLOT_WORD]!;
  }

  /** Writes all of an item but its key and record, which have the sizes in `keys` and `write`. */
  writeHeader(slot: number, keys: KeyBytes, write: EntryWrite): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = address >>> slab.viewShift;
    const unit = address & slab.offsetMask;
    const words = slab.words[id]!;
    const word = unit << slab.toWord;
    words[word + SLOT_WORD] = slot;
    words[word + KEY_WORD] = keys.lengthWord;
    words[word + RECORD_WORD] = write.recordBytes;
    words[word + STAMP_WORD] = write.stamp;
    const double = unit << slab.toDouble;
    slab.doubles[id]![double + VERSION_DOUBLE] = write.version;
    slab.doubles[id]![double + EXPIRY_DOUBLE] = write.expiresAtMs;
  }

  writeKeyAndRecord(slot: number, key: string, keys: KeyBytes, record: Uint8Array): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const bytes = slab.bytes[address >>> slab.viewShift]!;
    const at = ((address & slab.offsetMask) << slab.toByte) + HEADER_BYTES;
    keys.writeKey(key, bytes, at);
    copyBytes(record, 0, record.byteLength, bytes, at + keys.bytes);
  }

  writeKeyOf(slot: number, source: Uint8Array, start: number, end: number): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const at = ((address & slab.offsetMask) << slab.toByte) + HEADER_BYTES;
    copyBytes(source, start, end, slab.bytes[address >>> slab.viewShift]!, at);
  }

  isKey(slot: number, key: string, keys: KeyBytes): boolean {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = address >>> slab.viewShift;
    const unit = address & slab.offsetMask;
    const word = slab.words[id]![(unit << slab.toWord) + KEY_WORD]!;
    return keys.isKeyAt(key, slab.bytes[id]!, (unit << slab.toByte) + HEADER_BYTES, word);
  }

  /** Whether `slot`, if it is anywhere, has the key in ASCII from `start` to `end` of `source`. */
  isKeyOf(slot: number, source: Uint8Array, start: number, end: number): boolean {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    if (address === NOWHERE) return false;
    const id = address >>> slab.viewShift;
    const unit = address & slab.offsetMask;
    if (slab.words[id]![(unit << slab.toWord) + KEY_WORD]! !== end - start) return false;
    const bytes = slab.bytes[id]!;
    const shift = (unit << slab.toByte) + HEADER_BYTES - start;
    for (let at = start; at < end; at++) if (bytes[shift + at] !== source[at]) return false;
    return true;
  }

  /** Has the beginning of the item of `slot` fetched from memory; the result says nothing. */
  touch(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const word = (address & slab.offsetMask) << slab.toWord;
    const words = slab.words[address >>> slab.viewShift]!;
    return words[word + KEY_WORD]! + words[word + TOUCHED_WORD]!;
  }

  /** Points `span` at the record of `slot`. */
  locate(slot: number, span: MutableRecordSpan): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = address >>> slab.viewShift;
    const unit = address & slab.offsetMask;
    const words = slab.words[id]!;
    const word = unit << slab.toWord;
    const start = (unit << slab.toByte) + HEADER_BYTES + keyBytesOf(words[word + KEY_WORD]!);
    span.bytes = slab.bytes[id]!;
    span.start = start;
    span.end = start + words[word + RECORD_WORD]!;
  }

  key(slot: number): string {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = address >>> slab.viewShift;
    const unit = address & slab.offsetMask;
    const word = slab.words[id]![(unit << slab.toWord) + KEY_WORD]!;
    return readKey(slab.bytes[id]!, (unit << slab.toByte) + HEADER_BYTES, word);
  }

  /** Whether the key is one that the engine's owner has for itself: its first character is U+0000. */
  isAuxiliary(slot: number): boolean {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    const id = address >>> slab.viewShift;
    const unit = address & slab.offsetMask;
    const at = (unit << slab.toByte) + HEADER_BYTES;
    return isAuxiliaryAt(slab.bytes[id]!, at, slab.words[id]![(unit << slab.toWord) + KEY_WORD]!);
  }

  /** A view of the record, right until the item moves or dies. */
  record(slot: number): Uint8Array {
    const span = this.#recordSpan;
    this.locate(slot, span);
    return new Uint8Array(span.bytes.buffer, span.start, span.end - span.start);
  }

  version(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return slab.doubles[address >>> slab.viewShift]![
      ((address & slab.offsetMask) << slab.toDouble) + VERSION_DOUBLE
    ]!;
  }

  expiresAtMs(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return slab.doubles[address >>> slab.viewShift]![
      ((address & slab.offsetMask) << slab.toDouble) + EXPIRY_DOUBLE
    ]!;
  }

  /** The generation in which the entry was last known to be valid. */
  stamp(slot: number): number {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    return slab.words[address >>> slab.viewShift]![
      ((address & slab.offsetMask) << slab.toWord) + STAMP_WORD
    ]!;
  }

  setStamp(slot: number, stamp: number): void {
    const slab = this.#slab;
    const address = this.#slots.position[slot]!;
    slab.words[address >>> slab.viewShift]![((address & slab.offsetMask) << slab.toWord) + STAMP_WORD] =
      stamp;
  }
}
