// Whether what several processes saw of keys is what one after another could have seen: linearisability, key by key.
//
// Every change of a key has a number, which grows in the order of the changes. That is the order in which they have to
// take effect, so that each read can be judged by itself (Wing and Gong's search has nothing to search for).

export interface Operation {
  readonly kind: "set" | "delete" | "read";
  readonly key: string;
  /** Of a change its number; of a read the number of the record that it had, 0 for none. */
  readonly n: number;
  /** The machine's monotonic clock, ns. */
  readonly startNs: number;
  readonly endNs: number;
}

/** The first read that nothing explains, as a sentence. `mayLose`: entries may be evicted, or emptied with their shard. */
export function faultIn(operations: readonly Operation[], mayLose: boolean): string | undefined {
  const byKey = Map.groupBy(operations, ({ key }) => key);
  for (const [key, all] of byKey) {
    const changes = all.filter(({ kind }) => kind !== "read").sort((a, b) => a.n - b.n);
    const reads = all.filter(({ kind }) => kind === "read").sort((a, b) => a.startNs - b.startNs);
    const byN = new Map(changes.map((change) => [change.n, change]));
    const ended = changes.toSorted((a, b) => a.endNs - b.endNs);
    let endedCount = 0;
    /** The highest number of the changes that had ended, and of what reads had seen that had ended. */
    let atLeast = 0;
    const seen = reads.filter(({ n }) => n > 0).toSorted((a, b) => a.endNs - b.endNs);
    let seenCount = 0;
    for (const read of reads) {
      while (endedCount < ended.length && ended[endedCount]!.endNs < read.startNs) {
        atLeast = Math.max(atLeast, ended[endedCount++]!.n);
      }
      while (seenCount < seen.length && seen[seenCount]!.endNs < read.startNs) {
        atLeast = Math.max(atLeast, seen[seenCount++]!.n);
      }
      if (read.n === 0) {
        const isExplained =
          mayLose ||
          atLeast === 0 ||
          changes.some(({ kind, n, startNs }) => kind === "delete" && n >= atLeast && startNs < read.endNs);
        if (!isExplained) return `${key} is missing although ${atLeast} was there`;
        continue;
      }
      const write = byN.get(read.n);
      // What a process was writing when it was killed is not in its history.
      if (write === undefined && !mayLose) return `${key} has ${read.n}, which nobody wrote`;
      if (write !== undefined && write.startNs > read.endNs)
        return `${key} has ${read.n} before it was written`;
      if (read.n < atLeast) return `${key} has ${read.n} although ${atLeast} was there`;
    }
  }
  return undefined;
}
