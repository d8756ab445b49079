// Keys as bytes: hash, length, writing, comparing and reading back, exact for every string. Hot.

/** Set in a key's length when it is stored with two bytes a character. */
const WIDE_BIT = 0x80000000;

/** Make the sum of the odd characters differ from that of the even ones. */
const ODD_SEED = 0x9e3779b9;
const ODD_FACTOR = 0x85ebca77;

/** What `measure` found of the last key. */
export class KeyBytes {
  hash = 0;
  /** The stored length in bytes. */
  bytes = 0;
  wide = false;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /**
   * Hashes `key` with the seed and finds how many bytes it takes: one a character up to U+00FF, else two. Even and odd
   * characters go into two sums, which the processor works on side by side.
   */
  measure(key: string): void {
    const length = key.length;
    let even = this.#seed;
    let odd = this.#seed ^ ODD_SEED;
    let all = 0;
    let i = 0;
    for (; i + 1 < length; i += 2) {
      const first = key.charCodeAt(i);
      const second = key.charCodeAt(i + 1);
      all |= first | second;
      even = step(even, first);
      odd = step(odd, second);
    }
    if (i < length) {
      const last = key.charCodeAt(i);
      all |= last;
      even = step(even, last);
    }
    this.wide = all > 0xff;
    this.bytes = this.wide ? length * 2 : length;
    this.hash = mix(even ^ Math.imul(odd, ODD_FACTOR) ^ length);
  }

  /** As `measure`, for a key in ASCII from `start` to `end` of `source`; `false`: it is not in ASCII. */
  measureBytes(source: Uint8Array, start: number, end: number): boolean {
    let even = this.#seed;
    let odd = this.#seed ^ ODD_SEED;
    let all = 0;
    let i = start;
    for (; i + 1 < end; i += 2) {
      const first = source[i]!;
      const second = source[i + 1]!;
      all |= first | second;
      even = step(even, first);
      odd = step(odd, second);
    }
    if (i < end) {
      const last = source[i]!;
      all |= last;
      even = step(even, last);
    }
    this.wide = false;
    this.bytes = end - start;
    this.hash = mix(even ^ Math.imul(odd, ODD_FACTOR) ^ (end - start));
    return all < 0x80;
  }

  /** The length word of the last key, for `isKeyAt` and `readKey`. */
  get lengthWord(): number {
    return (this.wide ? this.bytes | WIDE_BIT : this.bytes) >>> 0;
  }

  writeKey(key: string, bytes: Buffer, at: number): void {
    if (this.wide) bytes.write(key, at, "utf16le");
    else writeNarrow(key, bytes, at);
  }

  isKeyAt(key: string, bytes: Buffer, at: number, lengthWord: number): boolean {
    if (lengthWord !== this.lengthWord) return false;
    if (!this.wide) {
      for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false;
      return true;
    }
    for (let i = 0; i < key.length; i++) {
      if ((bytes[at + 2 * i]! | (bytes[at + 2 * i + 1]! << 8)) !== key.charCodeAt(i)) return false;
    }
    return true;
  }
}

export function keyBytesOf(lengthWord: number): number {
  return lengthWord & ~WIDE_BIT;
}

/** Whether a stored key begins with U+0000. */
export function isAuxiliaryAt(bytes: Buffer, at: number, lengthWord: number): boolean {
  if (lengthWord === 0 || bytes[at] !== 0) return false;
  return lengthWord < WIDE_BIT || bytes[at + 1] === 0;
}

export function readKey(bytes: Buffer, at: number, lengthWord: number): string {
  const end = at + keyBytesOf(lengthWord);
  return lengthWord >= WIDE_BIT ? bytes.toString("utf16le", at, end) : bytes.toString("latin1", at, end);
}

function step(sum: number, code: number): number {
  const product = Math.imul(sum ^ code, 0x5bd1e995);
  return product ^ (product >>> 15);
}

/** The finisher of MurmurHash3 (Appleby): every input bit reaches every output bit. */
export function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function writeNarrow(key: string, bytes: Buffer, at: number): void {
  for (let i = 0; i < key.length; i++) bytes[at + i] = key.charCodeAt(i);
}
