// How one memory for several workers is divided: how many shards, and what lies where in each. Cold.
import {
  FRONT_BYTES_MAX,
  FRONT_SHARE,
  LARGE_RECORD_BYTES,
  LARGE_RECORD_SHARE,
  PIECES_FACTOR,
  SHARD_BYTES_MAX,
  SHARDS_A_WORKER,
} from "../bounds.ts";
import { divide } from "../budget.ts";
import type { Budget } from "../budget.ts";
import type { EvictionPolicy } from "../../base/settings/eviction.ts";
import { POLICIES } from "../policy/policies.ts";
import { IndexTable } from "../storage/index-table.ts";
import { Slots } from "../storage/slots.ts";
import { Wheel } from "../storage/wheel.ts";
import { MappedArena, MeasuringArena } from "../memory/mapped-arena.ts";
import { piecesOf, VIEW_BYTES_MAX } from "../memory/mapped-slab.ts";

const PAGE_BYTES = 64 * 1024;
/** Words of a shard's header: a cache line for each. */
export const LOCK = 0;
export const GENERATION = 16;
export const HOLDER = 32;
export const CHECKED = 48;
export const WANTED = 64;
export const TURN = 80;
const HEADER_WORDS = 96;
/** Numbers that a shard's structures hand over at most. */
const STATE_NUMBERS = 1024;
/** Of the slab, for each piece: bytes alive, end, place in the list of free ones, block, state. */
const PIECE_BYTES = 17;
/** What the alignment of the slab's columns may take. */
const ALIGNMENT_BYTES = 8 * PAGE_BYTES;

export interface MemoryNeeds {
  readonly bytesMax: number;
  readonly workers: number;
  readonly policy: EvictionPolicy;
  readonly valueBytesMax: number;
  /** What the owner wants for itself, beside all shards and in each. */
  readonly headBytes: number;
  readonly extraBytes: (shards: number) => number;
}

/** The same for all processes that map a memory: plain data. */
export interface MemoryLayout {
  readonly bytesMax: number;
  readonly policy: EvictionPolicy;
  /** A power of two. */
  readonly shards: number;
  readonly shardBudget: Budget;
  /** Of each worker's own front. */
  readonly frontBytesMax: number;
  readonly pieces: number;
  /** Where in a shard its owner's own part begins, and how large it is. */
  readonly extraStart: number;
  readonly extraBytes: number;
  /** Where in a shard its slab begins. */
  readonly slabStart: number;
  /** Of the part before the shards, and of each shard: multiples of a page. */
  readonly headBytes: number;
  readonly shardBytes: number;
}

export function layOut(needs: MemoryNeeds): MemoryLayout {
  const { bytesMax, workers, policy } = needs;
  const front = Math.min(FRONT_BYTES_MAX, Math.floor(bytesMax * FRONT_SHARE));
  const body = bytesMax - front;
  const largeRecordBytes = Math.max(LARGE_RECORD_BYTES, largestRecordOf(needs));
  const least = largeRecordBytes / LARGE_RECORD_SHARE;
  let shards = 1;
  while (shards < SHARDS_A_WORKER * workers && body / (2 * shards) >= least) shards *= 2;
  while (body / shards > SHARD_BYTES_MAX) shards *= 2;
  const divided = divide(Math.floor(body / shards), { frontShare: 0, largeRecordBytes });
  // One shard takes what one process would with as large a budget.
  const recordBytesMax = shards === 1 ? divide(bytesMax).recordBytesMax : divided.recordBytesMax;
  const shardBudget = { ...divided, recordBytesMax };
  const { segmentBytes } = shardBudget;
  const pieces = PIECES_FACTOR * piecesOf(segmentBytes) * Math.ceil(shardBudget.bytesMax / segmentBytes);
  const extraBytes = needs.extraBytes(shards);
  const arena = new MeasuringArena();
  arena.int32(HEADER_WORDS);
  arena.uint8(8 * STATE_NUMBERS);
  arena.uint8(extraBytes);
  const extraStart = arena.bytes - extraBytes;
  take(arena, shardBudget.slotsMax, policy);
  const columns = arena.bytes + pieces * PIECE_BYTES + ALIGNMENT_BYTES;
  const slabStart = wholePages(columns);
  const shardBytes = slabStart + wholePages((pieces * segmentBytes) / piecesOf(segmentBytes));
  if (shardBytes > VIEW_BYTES_MAX) throw new Error(`a shard of ${shardBytes} bytes is larger than a view`);
  return {
    bytesMax,
    policy,
    shards,
    shardBudget,
    frontBytesMax: Math.floor(front / workers),
    pieces,
    extraStart,
    extraBytes,
    slabStart,
    headBytes: wholePages(needs.headBytes + PAGE_BYTES),
    shardBytes,
  };
}

/** The largest record that there is to be room for: the largest value with its head, as far as one process would take it. */
export function largestRecordOf({ bytesMax, valueBytesMax }: MemoryNeeds): number {
  return Math.min(divide(bytesMax).recordBytesMax, valueBytesMax + PAGE_BYTES);
}

/** Takes from `arena` what a shard's structures take, in their order but for the slab. */
function take(arena: MeasuringArena, slotsMax: number, policy: EvictionPolicy): readonly unknown[] {
  const slots = new Slots(slotsMax, arena, true);
  const structures = [new IndexTable(slots, arena), new Wheel(slots, arena)];
  return [...structures, POLICIES[policy]({ slots, arena, random: Math.random })];
}

/** The sizes of the parts that a memory has, one after another: the head, then the shards. */
export function partsOf({ headBytes, shards, shardBytes }: MemoryLayout): number[] {
  return [headBytes, ...Array.from({ length: shards }, () => shardBytes)];
}

/** What lies before a shard's columns. */
export interface ShardHead {
  readonly header: Int32Array;
  readonly state: Float64Array;
  /** For what comes after it. */
  readonly arena: MappedArena;
}

export function headOf(memory: ArrayBuffer, { extraBytes }: MemoryLayout): ShardHead {
  const arena = new MappedArena(memory, 0);
  const header = arena.int32(HEADER_WORDS);
  const state = arena.float64(STATE_NUMBERS);
  arena.uint8(extraBytes);
  return { header, state, arena };
}

function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
