// Memory for items: fixed segments and single large items, behind one address space. Hot.
import { LARGE_OVERHEAD_BYTES, LARGE_PAGE_BYTES } from "../bounds.ts";
import type { StateWords } from "./state-words.ts";

export const UNUSED = 0;
export const FREE = 1;
export const OPEN = 2;
export const SEALED = 3;
export const LARGE = 4;

/** A list or a typed array. */
interface Column {
  [id: number]: number;
}

/**
 * Blocks by id: each is a segment or one large item. An address names a view by its upper bits and an offset within it
 * in units by its lower ones. A unit is 8 bytes (16 for huge budgets), so that every item is aligned for all views.
 */
export abstract class Slab {
  readonly segmentBytes: number;
  readonly unitBytes: number;
  /** Shift from a view's number to its part of the address. */
  readonly viewShift: number;
  readonly offsetMask: number;
  /** Shifts from units to indexes of the views. */
  readonly toByte: number;
  readonly toWord: number;
  readonly toDouble: number;
  /** The views by number. */
  readonly bytes: Buffer[] = [];
  readonly words: Uint32Array[] = [];
  readonly doubles: Float64Array[] = [];
  /** Bytes of live items in each block. */
  abstract readonly liveBytes: Column;
  abstract readonly state: Column;
  /** Where each sealed segment's items end. */
  abstract readonly end: Column;
  /** Bytes of all segments allocated, free ones included. */
  allocatedBytes = 0;
  largeBytes = 0;

  /** `viewBytes`: of a view, a power of two, at most. */
  constructor(segmentBytes: number, viewBytes: number, toByte: number) {
    this.segmentBytes = segmentBytes;
    this.toByte = toByte;
    this.toWord = toByte - 2;
    this.toDouble = toByte - 3;
    this.unitBytes = 1 << toByte;
    this.viewShift = Math.log2(viewBytes) - toByte;
    this.offsetMask = (1 << this.viewShift) - 1;
  }

  /** How many ids there are or have been. */
  abstract get blocks(): number;
  abstract get freeSegments(): number;
  /** Whether a large item of `bytes` finds a place among the addresses. */
  abstract hasRoomFor(bytes: number): boolean;
  /** A segment, from the free ones or a new one. */
  abstract openSegment(): number;
  /** Makes a segment with nothing alive in it free. */
  abstract freeSegment(id: number): void;
  /** Gives one free segment back to the system; `false`: there is none. */
  abstract releaseSegment(): boolean;
  abstract openLarge(bytes: number): number;
  abstract closeLarge(id: number): void;
  /**
   * Makes everything free at once. Giving memory back takes the system a second for a few GB, so that is left to
   * `giveBack`: segments wait among the free ones, where they may be used again, larger items to be released.
   */
  abstract clear(): void;
  /** Gives back to the system up to `bytes` or a little more of what `clear` left over; 0 once nothing is. */
  abstract giveBack(bytes: number): number;
  abstract isOurs(buffer: ArrayBufferLike): boolean;
  abstract isSegment(id: number): boolean;
  /** The block that an address lies in. */
  abstract idOf(address: number): number;
  abstract addressOf(id: number, byteOffset: number): number;
  /** The number of a block's view. */
  abstract viewOf(id: number): number;
  /** Where in its view the byte `offset` of a block lies. */
  abstract byteAt(id: number, offset: number): number;
  abstract transfer(state: StateWords): void;

  roundUp(bytes: number): number {
    return Math.ceil(bytes / this.unitBytes) * this.unitBytes;
  }
}

/** What a large item of `bytes` takes from the budget. */
export function largeCharge(bytes: number): number {
  return Math.ceil(bytes / LARGE_PAGE_BYTES) * LARGE_PAGE_BYTES + LARGE_OVERHEAD_BYTES;
}
