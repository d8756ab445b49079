// Where the arrays of an engine lie: on the heap of this process, or in memory that several processes map. Cold.

/** Memory for a table that is replaced by a larger one now and then. */
export interface TableMemory {
  /**
   * `length` words, a power of two, for the table with the number `turn`: not those of the table before it. `isNew`: they
   * are zeroed; else they are what the process that made this table has written.
   */
  words(turn: number, length: number, isNew: boolean): Uint32Array;
}

/** Hands out arrays. Engines that share memory ask for the same arrays in the same order, and so get the same ones. */
export interface Arena {
  int32(length: number): Int32Array;
  uint32(length: number): Uint32Array;
  uint8(length: number): Uint8Array;
  float32(length: number): Float32Array;
  /** For tables of up to `lengthMax` words. */
  table(lengthMax: number): TableMemory;
}

const HEAP_TABLE: TableMemory = { words: (_, length) => new Uint32Array(length) };

export const heapArena: Arena = {
  int32: (length) => new Int32Array(length),
  uint32: (length) => new Uint32Array(length),
  uint8: (length) => new Uint8Array(length),
  float32: (length) => new Float32Array(length),
  table: () => HEAP_TABLE,
};
