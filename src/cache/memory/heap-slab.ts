// Slab memory of this process alone: each block is a buffer of an allocator, with views of its own. Hot.
import type { Allocator } from "./allocator.ts";
import { NARROW_BYTES_MAX, NOWHERE } from "../bounds.ts";
import { FREE, LARGE, OPEN, Slab, UNUSED, largeCharge } from "./slab.ts";

/** A block's id is the number of its view. 32 bits of units reach 32 GiB, or 64 with the larger unit. */
export class HeapSlab extends Slab {
  readonly liveBytes: number[] = [];
  readonly state: number[] = [];
  readonly end: number[] = [];
  readonly #idMax: number;
  readonly #allocator: Allocator;
  readonly #freeSegments: number[] = [];
  readonly #freeIds: number[] = [];
  /** Buffers of larger items that `clear` has dropped and the system has not got back yet. */
  readonly #doomed: ArrayBuffer[] = [];
  /** Free segments that `clear` has left over. */
  #surplus = 0;

  constructor(allocator: Allocator, segmentBytes: number, bytesMax: number) {
    super(segmentBytes, segmentBytes, bytesMax > NARROW_BYTES_MAX ? 4 : 3);
    this.#allocator = allocator;
    this.#idMax = 2 ** (32 - this.viewShift) - 1;
  }

  get blocks(): number {
    return this.bytes.length;
  }

  get freeSegments(): number {
    return this.#freeSegments.length;
  }

  hasRoomFor(): boolean {
    return this.#freeIds.length > 0 || this.bytes.length < this.#idMax;
  }

  openSegment(): number {
    const free = this.#freeSegments.pop();
    if (free !== undefined && this.#surplus > 0) this.#surplus--;
    const id = free ?? this.#add(this.segmentBytes);
    if (free === undefined) this.allocatedBytes += this.segmentBytes;
    this.state[id] = OPEN;
    this.liveBytes[id] = 0;
    return id;
  }

  freeSegment(id: number): void {
    this.state[id] = FREE;
    this.#freeSegments.push(id);
  }

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

  isSegment(id: number): boolean {
    return this.state[id] !== LARGE && this.bytes[id]!.byteLength > 0;
  }

  idOf(address: number): number {
    return address >>> this.viewShift;
  }

  addressOf(id: number, byteOffset: number): number {
    return ((id << this.viewShift) | (byteOffset >>> this.toByte)) >>> 0;
  }

  viewOf(id: number): number {
    return id;
  }

  byteAt(_id: number, offset: number): number {
    return offset;
  }

  /** Nobody else has it. */
  transfer(): void {}

  #add(bytes: number): number {
    const id = this.#freeIds.pop() ?? this.bytes.length;
    if (id >= this.#idMax || this.addressOf(id, 0) === NOWHERE) throw new Error("the slab is out of ids");
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

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Uint32Array(0);
const NO_DOUBLES = new Float64Array(0);
