// Keys as bytes: hash, length, writing, comparing and reading back, exact for every string. Hot.

/** Set in a key's length when it is stored with two bytes a character. */
const WIDE_BIT = 0x80000000;

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

  /** Hashes `key` with the seed and finds how many bytes it takes: one a character up to U+00FF, else two. */
  measure(key: string): void {
    const length = key.length;
    let hash = this.#seed;
    let all = 0;
    for (let i = 0; i < length; i++) {
      const code = key.charCodeAt(i);
      all |= code;
      hash = Math.imul(hash ^ code, 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    this.wide = all > 0xff;
    this.bytes = this.wide ? length * 2 : length;
    this.hash = mix(hash ^ length);
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

export function readKey(bytes: Buffer, at: number, lengthWord: number): string {
  const end = at + keyBytesOf(lengthWord);
  return lengthWord >= WIDE_BIT ? bytes.toString("utf16le", at, end) : bytes.toString("latin1", at, end);
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
