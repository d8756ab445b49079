// Slab memory that several processes map: one view, of which each block is a part. Hot.
import { NONE } from "../bounds.ts";
import { FREE, LARGE, OPEN, SEALED, Slab, UNUSED, largeCharge } from "./slab.ts";
import type { Arena } from "./arena.ts";
import type { StateWords } from "./state-words.ts";

/** The view's bytes at most: all indexes into it are positive 32-bit integers. */
export const VIEW_BYTES_MAX = 2 ** 31;
/** A large item that `clear` has dropped and the system has not got back yet: `end` has its bytes. */
const DOOMED = 5;
/** Unit of 8 bytes. */
const TO_BYTE = 3;
/** The upper four bits of an address name a view. An address that was read while another process wrote it may name any. */
const VIEWS = 16;
const SEGMENT_PIECES_MAX = 8;
/** A piece has whole pages of its own, so that they can be given back. */
const PIECE_BYTES_MIN = 4096;

/** Pieces of a segment of so many bytes, a power of two. */
export function piecesOf(segmentBytes: number): number {
  return Math.min(SEGMENT_PIECES_MAX, segmentBytes / PIECE_BYTES_MIN);
}

export interface SlabMemory {
  readonly memory: ArrayBuffer;
  /** Where in it the blocks begin. */
  readonly start: number;
  /** How many pieces there is room for, `piecesOf` a segment. What was never used takes no memory. */
  readonly pieces: number;
  /** Gives the memory of a part, in bytes from the beginning, back to the system. */
  readonly discard: (start: number, bytes: number) => void;
}

/**
 * A block is as many pieces of the address space, one after another, as it needs, and its id is the number of the first.
 * It has memory where it was written to: a large item takes no more than its own bytes in pages.
 */
export class MappedSlab extends Slab {
  readonly liveBytes: Uint32Array;
  readonly state: Uint8Array;
  readonly end: Uint32Array;
  /** The block that each piece belongs to, or NONE. */
  readonly #blockOf: Int32Array;
  readonly #memory: SlabMemory;
  readonly #free: Int32Array;
  readonly #pieceShift: number;
  #freeCount = 0;
  /** Pieces from this one on were never used. */
  #high = 0;
  /** Free segments that `clear` has left over. */
  #surplus = 0;
  #doomedBytes = 0;

  constructor(memory: SlabMemory, arena: Arena, segmentBytes: number) {
    super(segmentBytes, VIEW_BYTES_MAX, TO_BYTE);
    this.#memory = memory;
    this.#pieceShift = Math.log2(segmentBytes / piecesOf(segmentBytes));
    this.liveBytes = arena.uint32(memory.pieces);
    this.state = arena.uint8(memory.pieces);
    this.end = arena.uint32(memory.pieces);
    this.#free = arena.int32(memory.pieces);
    this.#blockOf = arena.int32(memory.pieces);
    const usable = memory.memory.byteLength;
    for (let i = 0; i < VIEWS; i++) {
      this.bytes.push(Buffer.from(memory.memory, 0, usable));
      this.words.push(new Uint32Array(memory.memory, 0, usable >>> 2));
      this.doubles.push(new Float64Array(memory.memory, 0, usable >>> 3));
    }
  }

  transfer(state: StateWords): void {
    this.allocatedBytes = state.number(this.allocatedBytes);
    this.largeBytes = state.number(this.largeBytes);
    this.#freeCount = state.number(this.#freeCount);
    this.#high = state.number(this.#high);
    this.#surplus = state.number(this.#surplus);
    this.#doomedBytes = state.number(this.#doomedBytes);
  }

  get blocks(): number {
    return this.#high;
  }

  get freeSegments(): number {
    return this.#freeCount;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#place(this.#piecesFor(bytes)) >= 0;
  }

  openSegment(): number {
    let id = -1;
    if (this.#freeCount > 0) {
      id = this.#free[--this.#freeCount]!;
      if (this.#surplus > 0) this.#surplus--;
    } else {
      id = this.#take(piecesOf(this.segmentBytes));
      this.allocatedBytes += this.segmentBytes;
    }
    this.state[id] = OPEN;
    this.liveBytes[id] = 0;
    return id;
  }

  freeSegment(id: number): void {
    this.state[id] = FREE;
    this.#free[this.#freeCount++] = id;
  }

  releaseSegment(): boolean {
    if (this.#freeCount === 0) return false;
    const id = this.#free[--this.#freeCount]!;
    this.#forget(id, this.segmentBytes);
    this.allocatedBytes -= this.segmentBytes;
    return true;
  }

  openLarge(bytes: number): number {
    const id = this.#take(this.#piecesFor(bytes));
    this.state[id] = LARGE;
    this.liveBytes[id] = bytes;
    this.largeBytes += largeCharge(bytes);
    return id;
  }

  closeLarge(id: number): void {
    const bytes = this.liveBytes[id]!;
    this.largeBytes -= largeCharge(bytes);
    this.#forget(id, bytes);
  }

  /** Forgets all, whatever it finds, and gives all memory back. */
  format(): void {
    const { memory, start, discard } = this.#memory;
    discard(start, memory.byteLength - start);
    this.state.fill(UNUSED);
    this.liveBytes.fill(0);
    this.#blockOf.fill(NONE);
    this.#high = 0;
    this.#freeCount = 0;
    this.#surplus = 0;
    this.#doomedBytes = 0;
    this.allocatedBytes = 0;
    this.largeBytes = 0;
  }

  clear(): void {
    this.#freeCount = 0;
    for (let id = 0; id < this.#high; id++) {
      const state = this.state[id]!;
      if (state === LARGE) {
        this.state[id] = DOOMED;
        this.#doomedBytes += this.liveBytes[id]!;
        this.end[id] = this.liveBytes[id]!;
        this.liveBytes[id] = 0;
      } else if (state === OPEN || state === FREE || state === SEALED) {
        this.liveBytes[id] = 0;
        this.freeSegment(id);
      }
    }
    this.#surplus = this.#freeCount;
    this.largeBytes = 0;
  }

  giveBack(bytes: number): number {
    let given = 0;
    for (let id = 0; this.#doomedBytes > 0 && id < this.#high && given < bytes; id++) {
      if (this.state[id] !== DOOMED) continue;
      const doomed = this.end[id]!;
      given += doomed;
      this.#doomedBytes -= doomed;
      this.#forget(id, doomed);
    }
    while (given < bytes && this.#surplus > 0 && this.releaseSegment()) {
      given += this.segmentBytes;
      this.#surplus--;
    }
    return given;
  }

  isOurs(buffer: ArrayBufferLike): boolean {
    return buffer === this.#memory.memory;
  }

  isSegment(id: number): boolean {
    const state = this.state[id];
    return state === FREE || state === OPEN || state === SEALED;
  }

  idOf(address: number): number {
    return this.#blockOf[((address << TO_BYTE) - this.#memory.start) >>> this.#pieceShift]!;
  }

  addressOf(id: number, byteOffset: number): number {
    return (this.#memory.start + (id << this.#pieceShift) + byteOffset) >>> TO_BYTE;
  }

  viewOf(): number {
    return 0;
  }

  byteAt(id: number, offset: number): number {
    return this.#memory.start + (id << this.#pieceShift) + offset;
  }

  /** Gives the memory of a block's `bytes`, which are all, back, and has its pieces unused. */
  #forget(id: number, bytes: number): void {
    this.#memory.discard(this.byteAt(id, 0), bytes);
    this.state[id] = UNUSED;
    this.liveBytes[id] = 0;
    const end = id + this.#piecesFor(bytes);
    for (let piece = id; piece < end; piece++) this.#blockOf[piece] = NONE;
  }

  #take(pieces: number): number {
    const id = this.#place(pieces);
    if (id < 0) throw new Error("the slab is out of addresses");
    for (let piece = id; piece < id + pieces; piece++) this.#blockOf[piece] = id;
    for (let piece = id + 1; piece < id + pieces; piece++) this.state[piece] = UNUSED;
    this.#high = Math.max(this.#high, id + pieces);
    return id;
  }

  /** The first of so many unused pieces in a row, or -1. */
  #place(pieces: number): number {
    const blockOf = this.#blockOf;
    let run = 0;
    for (let piece = 0; piece < this.#high; piece++) {
      run = blockOf[piece] === NONE ? run + 1 : 0;
      if (run === pieces) return piece - pieces + 1;
    }
    const first = this.#high - run;
    return first + pieces <= this.#memory.pieces ? first : NONE;
  }

  #piecesFor(bytes: number): number {
    return Math.ceil(bytes / 2 ** this.#pieceShift);
  }
}
