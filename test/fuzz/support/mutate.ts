// Damages bytes as networks and attackers do: flips, cuts, repeats, splices, and numbers at their edges.

/** Lengths and counts at which parsers go wrong. */
const NUMBERS = [
  "-1",
  "0",
  "1",
  "-0",
  "00",
  "+1",
  "65535",
  "65536",
  "1048576",
  "2147483647",
  "2147483648",
  "4294967295",
  "9007199254740991",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551616",
  "1e9",
  "NaN",
  "",
];

export const below = (random: () => number, end: number) => Math.floor(random() * end);
export const oneOf = <T>(random: () => number, things: readonly T[]): T =>
  things[below(random, things.length)]!;

/** `bytes` with one to four changes. */
export function mutated(random: () => number, bytes: Buffer): Buffer {
  let changed = bytes;
  for (let i = 1 + below(random, 4); i > 0; i--) changed = oneOf(random, CHANGES)(random, changed);
  return changed;
}

type Change = (random: () => number, bytes: Buffer) => Buffer;

const cut = (random: () => number, bytes: Buffer): [number, number] => {
  const from = below(random, bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + below(random, 16))];
};

const CHANGES: readonly Change[] = [
  (random, bytes) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[below(random, changed.length)] = below(random, 256);
    return changed;
  },
  (random, bytes) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[below(random, changed.length)]! ^= 1 << below(random, 8);
    return changed;
  },
  (random, bytes) => {
    const [from, to] = cut(random, bytes);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (random, bytes) => {
    const [from, to] = cut(random, bytes);
    const part = bytes.subarray(from, to);
    return Buffer.concat([
      bytes.subarray(0, to),
      ...Array.from({ length: below(random, 8) }, () => part),
      bytes.subarray(to),
    ]);
  },
  (random, bytes) => {
    const at = below(random, bytes.length + 1);
    const inserted = Buffer.from(Array.from({ length: 1 + below(random, 8) }, () => below(random, 256)));
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
  },
  (random, bytes) => bytes.subarray(0, below(random, bytes.length + 1)),
  // One of the numbers written in digits becomes another.
  (random, bytes) => {
    const numbers = [...bytes.toString("latin1").matchAll(/-?\d+/g)];
    if (numbers.length === 0) return bytes;
    const { 0: digits, index } = oneOf(random, numbers);
    const other = Buffer.from(oneOf(random, NUMBERS));
    return Buffer.concat([bytes.subarray(0, index), other, bytes.subarray(index + digits.length)]);
  },
];

/** `bytes` in chunks cut anywhere. */
export function chunksOf(random: () => number, bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = random() < 0.5 ? bytes.length : 1 + below(random, 40);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
