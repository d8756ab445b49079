// The arguments of one command, as places in the buffer they arrived in. Hot.

import { KEY_BYTES_MAX } from "../../base/limits.ts";

const PACKED_LETTERS_MAX = 6;
const DOT = 46;

/** The number of `name`, as `packedName` gives it for an argument. */
export function packName(name: string): number {
  const args = new Arguments();
  args.begin(Buffer.from(name, "latin1"));
  args.push(0, name.length);
  return args.packedName();
}

/** Bytes of what is read in lower case: names, options, patterns. */
const WORD_BYTES_MAX = 4_096;

/** Places kept from one command to the next; a larger command's are let go. */
const KEPT = 64;

export class Arguments {
  buffer: Buffer = Buffer.alloc(0);
  /** How many there are; the command's name is argument 0. */
  count = 0;
  #starts = new Int32Array(KEPT);
  #ends = new Int32Array(KEPT);

  /** Empties the list; arguments to come lie in `buffer`. */
  begin(buffer: Buffer): void {
    this.buffer = buffer;
    this.count = 0;
    if (this.#starts.length > KEPT) {
      this.#starts = new Int32Array(KEPT);
      this.#ends = new Int32Array(KEPT);
    }
  }

  push(start: number, end: number): void {
    const { count } = this;
    if (count === this.#starts.length) this.#grow();
    this.#starts[count] = start;
    this.#ends[count] = end;
    this.count = count + 1;
  }

  /** The bytes now lie in `buffer`, `shift` bytes nearer to its beginning. */
  move(buffer: Buffer, shift: number): void {
    this.buffer = buffer;
    for (let i = 0; i < this.count; i++) {
      this.#starts[i]! -= shift;
      this.#ends[i]! -= shift;
    }
  }

  start(index: number): number {
    return this.#starts[index]!;
  }

  end(index: number): number {
    return this.#ends[index]!;
  }

  /** The same arguments, in a buffer of their own. */
  copy(): Arguments {
    const copy = new Arguments();
    const parts: Buffer[] = [];
    for (let i = 0; i < this.count; i++) parts.push(this.bytes(i));
    copy.begin(Buffer.concat(parts));
    let at = 0;
    for (const part of parts) {
      copy.push(at, at + part.length);
      at += part.length;
    }
    return copy;
  }

  /** Bytes of argument `index`. */
  size(index: number): number {
    return this.#ends[index]! - this.#starts[index]!;
  }

  /** Argument `index` as UTF-8, U+FFFD for what is none: how keys are read. */
  text(index: number): string {
    return this.buffer.utf8Slice(this.#starts[index], this.#ends[index]);
  }

  /** Argument `index`, a character for each byte: how names, options and numbers are read. */
  latin1(index: number): string {
    return this.buffer.latin1Slice(this.#starts[index], this.#ends[index]);
  }

  /**
   * The name as a number: five bits a letter, upper and lower case alike, for names of up to 6 letters; else 0.
   * Two names that differ otherwise have different numbers.
   */
  packedName(): number {
    const { buffer } = this;
    const from = this.#starts[0]!;
    const to = this.#ends[0]!;
    if (to - from > PACKED_LETTERS_MAX) return 0;
    let packed = 0;
    for (let at = from; at < to; at++) {
      const letter = (buffer[at]! | 32) - 96;
      if (letter < 1 || letter > 26 || buffer[at]! < 65) return 0;
      packed = (packed << 5) | letter;
    }
    return packed;
  }

  /** Whether argument `index` is a key beyond doubt: visible ASCII, no dot, and not long. */
  isPlainKey(index: number): boolean {
    const { buffer } = this;
    const from = this.#starts[index]!;
    const to = this.#ends[index]!;
    if (to === from || to - from > KEY_BYTES_MAX) return false;
    for (let at = from; at < to; at++) {
      const byte = buffer[at]!;
      if (byte < 32 || byte > 126 || byte === DOT) return false;
    }
    return true;
  }

  /** The same in lower case; of a very long one the beginning, which is no name, option or pattern that is taken either. */
  lower(index: number): string {
    const start = this.#starts[index]!;
    const end = Math.min(this.#ends[index]!, start + WORD_BYTES_MAX);
    return this.buffer.latin1Slice(start, end).toLowerCase();
  }

  /** Argument `index` where it lies: good until the parser goes on. */
  bytes(index: number): Buffer {
    return this.buffer.subarray(this.#starts[index], this.#ends[index]);
  }

  #grow(): void {
    const starts = new Int32Array(this.#starts.length * 2);
    const ends = new Int32Array(this.#ends.length * 2);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }
}
