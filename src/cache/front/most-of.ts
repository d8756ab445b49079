// The items of the highest value among many, in one pass: a heap of those found so far, the least on top. Cold.

/** Up to `count` of `items`, those of the highest value, highest first. */
export function mostOf<T>(items: readonly T[], count: number, valueOf: (item: T) => number): T[] {
  const heap: { readonly item: T; readonly value: number }[] = [];
  for (const item of items) {
    const value = valueOf(item);
    if (heap.length < count) {
      heap.push({ item, value });
      for (let at = heap.length - 1; at > 0;) {
        const above = (at - 1) >> 1;
        if (heap[above]!.value <= heap[at]!.value) break;
        [heap[above], heap[at]] = [heap[at]!, heap[above]!];
        at = above;
      }
    } else if (count > 0 && value > heap[0]!.value) {
      heap[0] = { item, value };
      for (let at = 0; ;) {
        let least = at;
        for (const below of [2 * at + 1, 2 * at + 2]) {
          if (below < count && heap[below]!.value < heap[least]!.value) least = below;
        }
        if (least === at) break;
        [heap[least], heap[at]] = [heap[at]!, heap[least]!];
        at = least;
      }
    }
  }
  return heap.toSorted((a, b) => b.value - a.value).map(({ item }) => item);
}
