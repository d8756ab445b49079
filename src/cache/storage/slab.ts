// Memory for items: fixed segments and buffers for single large items, behind one address space. Hot.
import type { Allocator } from "./allocator.ts";
import { LARGE_OVERHEAD_BYTES, LARGE_PAGE_BYTES, NARROW_BYTES_MAX, NOWHERE } from "../bounds.ts";

const UNUSED = 0;
const FREE = 1;
const OPEN = 2;
export const SEALED = 3;
export const LARGE = 4;

/**
 * Blocks by id: each is a segment or one large item. An address is `id << idShift | offset in units`. A unit is 8
 * bytes (16 for huge budgets), so 32 bits reach 32 GiB and every item is aligned for all views.
 */
export class Slab {
  readonly segmentBytes: number;
  readonly unitBytes: number;
  /** Shift from a block's id to its part of the address. */
  readonly idShift: number;
  readonly offsetMask: number;
  /** Shifts from units to indexes of the views. */
  readonly toByte: number;
  readonly toWord: number;
  readonly toDouble: number;
  readonly idMax: number;
  readonly bytes: Buffer[] = [];
  readonly words: Uint32Array[] = [];
  readonly doubles: Float64Array[] = [];
  /** Bytes of live items in each block. */
  readonly liveBytes: number[] = [];
  readonly state: number[] = [];
  /** Bytes of all segments allocated, free ones included. */
  allocatedBytes = 0;
  largeBytes = 0;
  readonly #allocator: Allocator;
  readonly #freeSegments: number[] = [];
  readonly #freeIds: number[] = [];
  /** Buffers of larger items that `clear` has dropped and the system has not got back yet. */
  readonly #doomed: ArrayBuffer[] = [];
  /** Free segments that `clear` has left over. */
  #surplus = 0;

  constructor(allocator: Allocator, segmentBytes: number, bytesMax: number) {
    this.#allocator = allocator;
    this.segmentBytes = segmentBytes;
    this.toByte = bytesMax > NARROW_BYTES_MAX ? 4 : 3;
    this.toWord = this.toByte - 2;
    this.toDouble = this.toByte - 3;
    this.unitBytes = 1 << this.toByte;
    this.idShift = Math.log2(segmentBytes) - this.toByte;
    this.offsetMask = (1 << this.idShift) - 1;
    this.idMax = 2 ** (32 - this.idShift) - 1;
  }

  get freeSegments(): number {
    return this.#freeSegments.length;
  }

  hasId(): boolean {
    return this.#freeIds.length > 0 || this.bytes.length < this.idMax;
  }

  roundUp(bytes: number): number {
    return Math.ceil(bytes / this.unitBytes) * this.unitBytes;
  }

  /** A segment, from the free ones or a new one. */
  openSegment(): number {
    const free = this.#freeSegments.pop();
    if (free !== undefined && this.#surplus > 0) this.#surplus--;
    const id = free ?? this.#add(this.segmentBytes);
    if (free === undefined) this.allocatedBytes += this.segmentBytes;
    this.state[id] = OPEN;
    this.liveBytes[id] = 0;
    return id;
  }

  /** Makes a segment with nothing alive in it free. */
  freeSegment(id: number): void {
    this.state[id] = FREE;
    this.#freeSegments.push(id);
  }

  /** Gives one free segment back to the allocator; `false`: there is none. */
  releaseSegment(): boolean {
    const id = this.#freeSegments.pop();
    if (id === undefined) return false;
    this.#drop(id);
    this.allocatedBytes -= this.segmentBytes;
    return true;
  }

  openLarge(bytes: number): number {
    const id = this.#add(bytes);
    this.state[id] = LARGE;
    this.liveBytes[id] = bytes;
    this.largeBytes += largeCharge(bytes);
    return id;
  }

  closeLarge(id: number): void {
    this.largeBytes -= largeCharge(this.bytes[id]!.byteLength);
    this.#drop(id);
  }

  /**
   * Makes everything free at once. Giving memory back takes the system a second for a few GB, so that is left to
   * `giveBack`: segments wait among the free ones, where they may be used again, larger buffers to be released.
   */
  clear(): void {
    this.#freeSegments.length = 0;
    for (let id = 0; id < this.bytes.length; id++) {
      if (this.state[id] === UNUSED) continue;
      if (this.state[id] === LARGE) {
        this.#doomed.push(this.bytes[id]!.buffer as ArrayBuffer);
        this.#forget(id);
        continue;
      }
      this.liveBytes[id] = 0;
      this.freeSegment(id);
    }
    this.#surplus = this.#freeSegments.length;
    this.largeBytes = 0;
  }

  /** Gives back to the system up to `bytes` or a little more of what `clear` left over; 0 once nothing is. */
  giveBack(bytes: number): number {
    let given = 0;
    while (given < bytes) {
      const buffer = this.#doomed.pop();
      if (buffer !== undefined) {
        given += buffer.byteLength;
        this.#allocator.release(buffer);
      } else if (this.#surplus > 0 && this.releaseSegment()) {
        given += this.segmentBytes;
        this.#surplus--;
      } else break;
    }
    return given;
  }

  isOurs(buffer: ArrayBufferLike): boolean {
    return this.bytes.some((bytes) => bytes.buffer === buffer);
  }

  idOf(address: number): number {
    return address >>> this.idShift;
  }

  addressOf(id: number, byteOffset: number): number {
    return ((id << this.idShift) | (byteOffset >>> this.toByte)) >>> 0;
  }

  #add(bytes: number): number {
    const id = this.#freeIds.pop() ?? this.bytes.length;
    if (id >= this.idMax || this.addressOf(id, 0) === NOWHERE) throw new Error("the slab is out of ids");
    // What is allocated anew after a `clear` takes the place of what that left over.
    if (this.#doomed.length > 0) this.giveBack(bytes);
    const buffer = this.#allocator.allocate(bytes);
    this.bytes[id] = Buffer.from(buffer);
    this.words[id] = new Uint32Array(buffer);
    this.doubles[id] = new Float64Array(buffer);
    return id;
  }

  #drop(id: number): void {
    this.#allocator.release(this.bytes[id]!.buffer as ArrayBuffer);
    this.#forget(id);
  }

  #forget(id: number): void {
    this.bytes[id] = NO_BYTES;
    this.words[id] = NO_WORDS;
    this.doubles[id] = NO_DOUBLES;
    this.state[id] = UNUSED;
    this.liveBytes[id] = 0;
    this.#freeIds.push(id);
  }
}

/** What a large item of `bytes` takes from the budget. */
export function largeCharge(bytes: number): number {
  return Math.ceil(bytes / LARGE_PAGE_BYTES) * LARGE_PAGE_BYTES + LARGE_OVERHEAD_BYTES;
}

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Uint32Array(0);
const NO_DOUBLES = new Float64Array(0);
