// Ranks by Zipf's law, drawn ahead of a measurement.

/** `count` ranks below `keys`; rank r is drawn in proportion to 1 / (r + 1)^skew. */
export function zipfRanks(keys: number, skew: number, count: number, random: () => number): Uint32Array {
  const sums = new Float64Array(keys);
  let total = 0;
  for (let rank = 0; rank < keys; rank++) {
    total += 1 / (rank + 1) ** skew;
    sums[rank] = total;
  }
  return Uint32Array.from({ length: count }, () => {
    const point = random() * total;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < point) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}
