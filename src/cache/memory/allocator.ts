// Where the engine's slabs come from, and how they go back without waiting for the garbage collector. Cold.

/** A source of zeroed or unzeroed memory. */
export interface Allocator {
  allocate(bytes: number): ArrayBuffer;
  /** Gives the memory back now. The buffer and all its views are dead after it. */
  release(buffer: ArrayBuffer): void;
}

/** The runtime's own memory. Moving the bytes out of a buffer and dropping them frees them at once. */
export const plainAllocator: Allocator = {
  allocate: (bytes) => new ArrayBuffer(bytes),
  release: (buffer) => {
    buffer.transfer(0);
  },
};
