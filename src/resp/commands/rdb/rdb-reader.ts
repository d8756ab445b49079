// Reads RDB's primitives one after another: numbers, lengths, strings in all their encodings. Warm.
//
// Past the end, or over what cannot be, `isBad` is set and what is read is empty: whoever reads looks at it last.

import { readLzf } from "./lzf.ts";

const NOTHING = new Uint8Array(0);
const ENCODED_LZF = 3;
const LENGTH_32 = 0x80;
const LENGTH_64 = 0x81;

/** A length, or the number of an encoding in its place. */
interface Length {
  readonly value: number;
  readonly isEncoding: boolean;
}

export class RdbReader {
  isBad = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stringBytesMax: number;
  #at = 0;

  /** No string of more than `stringBytesMax` bytes is made. */
  constructor(bytes: Uint8Array, stringBytesMax: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#stringBytesMax = stringBytesMax;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.has(1) ? this.#bytes[this.#at++]! : 0;
  }

  /** Whether so many bytes are left; if not, it is bad. */
  has(count: number): boolean {
    if (count > this.left) this.isBad = true;
    return !this.isBad;
  }

  /** A view of the next bytes. */
  take(count: number): Uint8Array {
    if (!this.has(count)) return NOTHING;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** A whole number of 1 to 8 bytes, little-endian, with its sign, as text. */
  signedText(size: number): string {
    const bytes = this.take(size);
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return String(BigInt.asIntN(size * 8, value));
  }

  /** A whole number of 1 to 4 bytes, little-endian. */
  unsigned(size: number): number {
    const bytes = this.take(size);
    let value = 0;
    for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
    return value;
  }

  /** A whole number of 4 bytes, big-endian. */
  unsignedBig(): number {
    if (!this.has(4)) return 0;
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  /** How many items follow. */
  count(): number {
    const { value, isEncoding } = this.#length();
    // Each of them takes a byte at least.
    if (isEncoding || value > this.left) this.isBad = true;
    return this.isBad ? 0 : value;
  }

  string(): Uint8Array {
    const { value, isEncoding } = this.#length();
    if (!isEncoding) return this.take(value);
    if (value === ENCODED_LZF) return this.#compressed();
    if (value > ENCODED_LZF) {
      this.isBad = true;
      return NOTHING;
    }
    return Buffer.from(this.signedText(2 ** value), "latin1");
  }

  #compressed(): Uint8Array {
    const compressed = this.#length();
    const size = this.#length();
    if (size.value > this.#stringBytesMax) this.isBad = true;
    const bytes = this.take(compressed.value);
    const string = this.isBad ? undefined : readLzf(bytes, size.value);
    if (string === undefined) this.isBad = true;
    return string ?? NOTHING;
  }

  #length(): Length {
    const first = this.byte();
    switch (first >> 6) {
      case 0:
        return { value: first & 63, isEncoding: false };
      case 1:
        return { value: ((first & 63) << 8) | this.byte(), isEncoding: false };
      case 3:
        return { value: first & 63, isEncoding: true };
      default:
        if (first === LENGTH_64) {
          if (this.unsignedBig() > 0) this.isBad = true;
        } else if (first !== LENGTH_32) this.isBad = true;
        return { value: this.unsignedBig(), isEncoding: false };
    }
  }
}
