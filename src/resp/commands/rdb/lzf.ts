// Reads what Redis compressed with LZF: runs of bytes as they are, and copies of what came before. Warm.

const LITERAL_MAX = 32;
const LENGTH_CONTINUED = 7;

/** The `size` bytes that `input` stands for; nothing where it is damaged. */
export function readLzf(input: Uint8Array, size: number): Uint8Array | undefined {
  const output = new Uint8Array(size);
  let at = 0;
  let to = 0;
  while (at < input.length) {
    const control = input[at++]!;
    if (control < LITERAL_MAX) {
      const count = control + 1;
      if (at + count > input.length || to + count > size) return undefined;
      output.set(input.subarray(at, at + count), to);
      at += count;
      to += count;
      continue;
    }
    let count = control >> 5;
    if (count === LENGTH_CONTINUED) {
      if (at >= input.length) return undefined;
      count += input[at++]!;
    }
    if (at >= input.length) return undefined;
    let from = to - ((control & 31) << 8) - input[at++]! - 1;
    count += 2;
    if (from < 0 || to + count > size) return undefined;
    for (; count > 0; count--) output[to++] = output[from++]!;
  }
  return to === size ? output : undefined;
}
