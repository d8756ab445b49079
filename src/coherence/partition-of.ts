// Which partition a key belongs to: the same on every instance. Hot.

/** The partition that `key` belongs to: CRC-32 of its UTF-8, modulo. The same on every instance. */
export function partitionOf(key: string, partitions: number): number {
  return partitions === 1 ? 0 : Bun.hash.crc32(key) % partitions;
}
