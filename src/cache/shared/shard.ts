// One shard as a process has it: its storage, the lock for those who write, and what they hand over. Hot.
//
// The protocol, in short (docs/one-memory.md has the reasons, and what is proven of it):
// - Who writes holds `LOCK`. What it finds in the arrays it may use at once; the numbers beside them it takes over if
//   another process wrote since, and leaves behind before it gives the lock back.
// - A slot's sequence is odd while its entry is changed, and the index's word STRUCTURE while chains are. Readers take no
//   lock: they copy, then look whether both are what they were (shard-reader.ts).
// - `GENERATION` is odd while the shard is being emptied, and another after it: nothing that was read before is good.
// - When a process dies with the lock, the supervisor takes the lock from it and empties the shard.
import { HITS_TOLD_TOGETHER, LOCK_TRY_MS, READ_WAIT_CPU_MS, READ_WAIT_MS } from "../bounds.ts";
import type { EngineStats } from "../engine.ts";
import type { Departures, EvictionReason } from "../departures.ts";
import type { KeyBytes } from "../storage/key-bytes.ts";
import { POLICIES } from "../policy/policies.ts";
import { EntryStorage } from "../storage/entry-storage.ts";
import { StateWords } from "../memory/state-words.ts";
import { Sweep } from "../storage/sweep.ts";
import { CHECKED, GENERATION, HOLDER, LOCK, TURN, WANTED, headOf } from "./layout.ts";
import { MappedSlab } from "../memory/mapped-slab.ts";
import type { SharedMemory } from "./shared-memory.ts";

/** The numbers that are saved first, for those who read them without the lock. */
const ENTRIES = 0;
const BYTES = 2;
const EVICTED = 3;
const REASONS: readonly EvictionReason[] = ["capacity", "expired", "invalidated"];
/** Tries of a waiting writer between two looks at the clock. */
const TRIES = 64;

export interface ShardOptions {
  readonly memory: SharedMemory;
  readonly index: number;
  /** The process's number, above 0, which no other ever has. */
  readonly own: number;
  readonly keys: KeyBytes;
  readonly departures: Departures;
  readonly random: () => number;
  /** Lets other processes have the core. */
  readonly yieldCore: () => void;
}

export class Shard {
  readonly storage: EntryStorage;
  readonly header: Int32Array;
  readonly sweep = new Sweep();
  /** Entries whose keys are AUXILIARY ones. */
  auxiliaries = 0;
  /** Times that the lock was not to be had at once, and times that it was not to be had at all. */
  waits = 0;
  refusals = 0;
  readonly #slab: MappedSlab;
  readonly #own: number;
  readonly #state: StateWords;
  readonly #numbers: Float64Array;
  /** What the memory's owner keeps in the shard. */
  readonly #owners: Uint8Array;
  readonly #evictions = [0, 0, 0];
  readonly #yieldCore: () => void;
  /** The turn of a writer that was waited for in vain. */
  #stuckTurn = -1;
  /** Slots that were hit since the lock was held last, with the hash of each. */
  readonly #hits = new Int32Array(2 * HITS_TOLD_TOGETHER);
  #hitCount = 0;

  constructor({ memory, index, own, keys, departures, random, yieldCore }: ShardOptions) {
    const { layout } = memory;
    const part = memory.shards[index]!;
    const { header, state, arena } = headOf(part.memory, layout);
    this.header = header;
    this.#own = own;
    this.#numbers = state;
    this.#state = new StateWords(state);
    this.#yieldCore = yieldCore;
    const { pieces, slabStart: start, shardBudget: budget } = layout;
    this.#owners = new Uint8Array(part.memory, layout.extraStart, layout.extraBytes);
    const slab = new MappedSlab({ ...part, start, pieces }, arena, budget.segmentBytes);
    this.#slab = slab;
    this.storage = new EntryStorage({
      keys,
      budget,
      arena,
      slab,
      isShared: true,
      createPolicy: POLICIES[layout.policy],
      random,
      leaving: (slot, reason) => {
        if (this.storage.items.isAuxiliary(slot)) this.auxiliaries--;
        else if (reason !== undefined) {
          this.#evictions[REASONS.indexOf(reason)]!++;
          departures.tell?.(this.storage.items.key(slot), reason);
        }
      },
    });
    if (arena.at > start) throw new Error("the columns of a shard reach into its slab");
  }

  get entries(): number {
    return this.#numbers[ENTRIES]!;
  }

  get bytes(): number {
    return this.#numbers[BYTES]!;
  }

  evicted(reason: EvictionReason): number {
    return this.#numbers[EVICTED + REASONS.indexOf(reason)]!;
  }

  /** Takes the lock, for LOCK_TRY_MS at most; `false`: another process has it. */
  lock(): boolean {
    this.#giveWay();
    return this.tryLock() || this.#waitForLock(LOCK_TRY_MS, LOCK_TRY_MS);
  }

  /**
   * As `lock`, for a reader of an entry that is being written: it waits until it has used READ_WAIT_CPU_MS of its core for
   * the writer to go on, but once only for one that does not. Where cores are scarce that is a longer time: it is the
   * writer, or others, that have them meanwhile.
   */
  lockToRead(): boolean {
    const turn = this.header[TURN]!;
    if (this.tryLock()) return true;
    if (turn === this.#stuckTurn) return false;
    if (this.#waitForLock(READ_WAIT_MS, READ_WAIT_CPU_MS)) return true;
    if (this.header[TURN] === turn) this.#stuckTurn = turn;
    return false;
  }

  tryLock(): boolean {
    const { header } = this;
    if (header[LOCK] !== 0 || Atomics.compareExchange(header, LOCK, 0, this.#own) !== 0) return false;
    if (header[HOLDER] !== this.#own) {
      this.#transfer(false);
      header[HOLDER] = this.#own;
    }
    if (this.#hitCount > 0) this.#tellHits();
    return true;
  }

  unlock(): void {
    this.#transfer(true);
    this.header[TURN]!++;
    if (Atomics.compareExchange(this.header, LOCK, this.#own, 0) !== this.#own) {
      throw new Error("a shard's lock was taken from its holder");
    }
  }

  /** Notes that `slot`, whose key has `hash`, was read: the policy is told with others. */
  hit(slot: number, hash: number): void {
    if (this.#hitCount === HITS_TOLD_TOGETHER) this.#passHits();
    const at = 2 * this.#hitCount++;
    this.#hits[at] = slot;
    this.#hits[at + 1] = hash;
  }

  /** Drops everything. The lock is held. */
  clear(): void {
    Atomics.or(this.header, GENERATION, 1);
    this.storage.clear();
    this.auxiliaries = 0;
    Atomics.add(this.header, GENERATION, 1);
  }

  /**
   * Empties a shard that is new, or that the process `dead` has left with the lock held. Trusts nothing of what it finds
   * but the sequences, which go on, and how far slots were ever used.
   */
  reset(dead: number): boolean {
    if (Atomics.compareExchange(this.header, LOCK, dead, this.#own) !== dead) return false;
    this.#transfer(false);
    this.header[HOLDER] = this.#own;
    if (dead === 0) this.#setUp();
    else this.abandon();
    return true;
  }

  /** Empties the shard, of which something is wrong, its owner's part too, and gives the lock back. */
  abandon(): void {
    this.#owners.fill(0);
    this.#setUp();
  }

  /** Readers are turned away first: the memory that they copy is given back to the system. */
  #setUp(): void {
    Atomics.or(this.header, GENERATION, 1);
    this.#slab.format();
    this.clear();
    this.unlock();
  }

  /**
   * Who wrote last lets one who waits have its turn: the same process may be about to write a thousand entries, and one
   * that has to wait for a core finds the lock taken each time that it has one.
   */
  #giveWay(): void {
    const wanted = this.header[WANTED]!;
    if (wanted === 0 || wanted === this.#own || this.header[HOLDER] !== this.#own) return;
    this.header[WANTED] = 0;
    this.#yieldCore();
  }

  /** Tries for `ms`, and for `cpuMs` of this thread's own time, at most. */
  #waitForLock(ms: number, cpuMs: number): boolean {
    this.waits++;
    this.header[WANTED] = this.#own;
    const untilNs = Bun.nanoseconds() + ms * 1e6;
    const untilCpuUs = cpuUs() + cpuMs * 1e3;
    do {
      this.#yieldCore();
      for (let tries = 0; tries < TRIES; tries++) if (this.tryLock()) return true;
    } while (Bun.nanoseconds() < untilNs && cpuUs() < untilCpuUs);
    this.refusals++;
    return false;
  }

  /** Tells the policy what was noted, or forgets it where the lock is not free. */
  #passHits(): void {
    if (this.tryLock()) this.unlock();
    else this.#hitCount = 0;
  }

  #tellHits(): void {
    const { slots, policy } = this.storage;
    const hits = this.#hits;
    const count = this.#hitCount;
    this.#hitCount = 0;
    for (let at = 0; at < 2 * count; at += 2) {
      const slot = hits[at]!;
      const hash = hits[at + 1]! >>> 0;
      // What is noted of slots that were not handed out since the shard was emptied means nothing.
      if (slot < slots.high && slots.isLive(slot) && slots.hash[slot] === hash) policy.hit(slot);
    }
  }

  #transfer(isSaving: boolean): void {
    const state = this.#state;
    const { storage } = this;
    state.begin(isSaving);
    state.number(storage.slots.live - this.auxiliaries);
    this.auxiliaries = state.number(this.auxiliaries);
    state.number(storage.chargedBytes);
    for (let i = 0; i < REASONS.length; i++) this.#evictions[i] = state.number(this.#evictions[i]!);
    storage.transfer(state);
    this.sweep.transfer(state);
    if (isSaving) this.header[CHECKED] = this.sweep.checked;
  }
}

/** Of this thread. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** The figures of all shards, read without their locks. */
export function statsOf(shards: readonly Shard[]): Omit<EngineStats, "bytesMax"> {
  const evictions = { capacity: 0, expired: 0, invalidated: 0 };
  let entries = 0;
  let bytes = 0;
  for (const shard of shards) {
    entries += shard.entries;
    bytes += shard.bytes;
    for (const reason of REASONS) evictions[reason] += shard.evicted(reason);
  }
  return { entries, bytes, evictions };
}
