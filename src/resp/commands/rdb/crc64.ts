// CRC-64 as Redis has it (Jones's polynomial, reflected), in two halves of 32 bits. Warm.

/** The polynomial 0xad93d23594c935a9 with its bits in reverse. */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const high = new Uint32Array(256);
const low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let h = 0;
  let l = byte;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (l & 1) === 1;
    l = (l >>> 1) | ((h & 1) << 31);
    h >>>= 1;
    if (isOdd) {
      h ^= POLYNOMIAL_HIGH;
      l ^= POLYNOMIAL_LOW;
    }
  }
  high[byte] = h;
  low[byte] = l;
}

export class Crc64 {
  #high = 0;
  #low = 0;

  /** Goes on with the bytes from `from` to `to`. */
  update(bytes: Uint8Array, from: number, to: number): void {
    let h = this.#high;
    let l = this.#low;
    for (let at = from; at < to; at++) {
      const byte = (l ^ bytes[at]!) & 255;
      l = ((l >>> 8) | (h << 24)) ^ low[byte]!;
      h = (h >>> 8) ^ high[byte]!;
    }
    this.#high = h;
    this.#low = l;
  }

  get value(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }
}
