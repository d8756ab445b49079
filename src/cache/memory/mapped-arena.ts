// An arena over a part of memory that several processes map, and one that measures how much of it an engine needs. Cold.
import type { Arena, TableMemory } from "./arena.ts";

/** What is at least this large begins at a multiple of it, so that its pages can be given back. */
const PAGE_BYTES = 64 * 1024;
const LINE_BYTES = 64;

/** Hands out parts of `memory`, one after another, from `at` on. */
export class MappedArena implements Arena {
  /** Bytes from the beginning of the memory up to which it is handed out. */
  at: number;
  readonly #memory: ArrayBuffer;

  constructor(memory: ArrayBuffer, at: number) {
    this.#memory = memory;
    this.at = at;
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.#memory, this.#take(4 * length), length);
  }

  uint32(length: number): Uint32Array {
    return new Uint32Array(this.#memory, this.#take(4 * length), length);
  }

  uint8(length: number): Uint8Array {
    return new Uint8Array(this.#memory, this.#take(length), length);
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.#memory, this.#take(4 * length), length);
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.#memory, this.#take(8 * length), length);
  }

  /** Two halves, used in turns. */
  table(lengthMax: number): TableMemory {
    const halves = [this.#take(4 * lengthMax), this.#take(4 * lengthMax)];
    return {
      words: (turn, length, isNew) => {
        const words = new Uint32Array(this.#memory, halves[turn & 1]!, length);
        if (isNew) words.fill(0);
        return words;
      },
    };
  }

  #take(bytes: number): number {
    const start = alignedAt(this.at, bytes);
    this.at = start + bytes;
    return start;
  }
}

/** Hands out arrays that are good for nothing, and counts what they would take. */
export class MeasuringArena implements Arena {
  bytes = 0;

  int32(length: number): Int32Array {
    return this.#count(4 * length, new Int32Array(0));
  }

  uint32(length: number): Uint32Array {
    return this.#count(4 * length, new Uint32Array(0));
  }

  uint8(length: number): Uint8Array {
    return this.#count(length, new Uint8Array(0));
  }

  float32(length: number): Float32Array {
    return this.#count(4 * length, new Float32Array(0));
  }

  table(lengthMax: number): TableMemory {
    this.#count(4 * lengthMax, undefined);
    this.#count(4 * lengthMax, undefined);
    return { words: () => new Uint32Array(0) };
  }

  #count<T>(bytes: number, array: T): T {
    this.bytes = alignedAt(this.bytes, bytes) + bytes;
    return array;
  }
}

/** The first place from `at` on for an array of `bytes`. */
function alignedAt(at: number, bytes: number): number {
  const unit = bytes >= PAGE_BYTES ? PAGE_BYTES : LINE_BYTES;
  return Math.ceil(at / unit) * unit;
}
