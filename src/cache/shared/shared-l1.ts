// The L1 engine over memory that several processes share: reads without a lock, writes under the shard's. Hot.
import { FRONT_CHECKED_A_TICK, MEMO_SHARE_MAX } from "../bounds.ts";
import type { Engine, EngineStats, Entry, PutRequest, RecordSpan, Validation } from "../engine.ts";
import { Departures } from "../departures.ts";
import { FrontEntry } from "../front/front-entry.ts";
import { Front } from "../front/front.ts";
import { mostOf } from "../front/most-of.ts";
import { MutableRecordSpan } from "../storage/items.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { CHECKED } from "./layout.ts";
import { ShardHold } from "./shard-hold.ts";
import type { ShardHoldOptions } from "./shard-hold.ts";
import { statsOf } from "./shard.ts";
import type { Shard } from "./shard.ts";
import { ShardReader, SoughtKey } from "./shard-reader.ts";
import { ShardWalk } from "./shard-walk.ts";
import { SharedEntry } from "./shared-entry.ts";
import { NEWEST } from "./shared-memory.ts";
import { SharedWrites } from "./shared-writes.ts";
import { Validity } from "./validity.ts";

export interface SharedL1Options<M> extends Partial<Validation<M>>, Omit<ShardHoldOptions, "departures"> {
  /** Which of so many workers this is: it turns the wheels of its part of the shards. */
  readonly worker: number;
  readonly workers: number;
  /** What is to be added to this process's engine time for the time that all have in common, ms. */
  readonly originMs: number;
  /** Called before entries are put to `isValid` under a generation that another process may have begun. */
  readonly catchUp: () => void;
}

export class SharedL1<M> implements Engine<M> {
  readonly departures = new Departures();
  readonly bytesMax: number;
  readonly recordBytesMax: number;
  readonly #options: SharedL1Options<M>;
  readonly #words: Int32Array;
  readonly #originMs: number;
  readonly #hold: ShardHold;
  readonly #reader: ShardReader;
  readonly #writes: SharedWrites;
  readonly #validity: Validity<M>;
  readonly #walk: ShardWalk<M>;
  readonly #sought = new SoughtKey();
  readonly #span = new MutableRecordSpan();
  readonly #doorkeeper = new Doorkeeper();
  readonly #front: Front<M>;
  readonly #copyBytesMax: number;

  constructor(options: SharedL1Options<M>) {
    const { memory, originMs, random } = options;
    const { layout, words } = memory;
    this.#options = options;
    this.#words = words;
    this.#originMs = originMs;
    this.bytesMax = layout.bytesMax;
    this.recordBytesMax = layout.shardBudget.recordBytesMax;
    this.#hold = new ShardHold({ ...options, departures: this.departures });
    this.#reader = new ShardReader(this.#hold.keys);
    this.#writes = new SharedWrites(this.#hold, this.recordBytesMax, options.traitsOf);
    this.#validity = new Validity<M>({ ...options, words, hold: this.#hold });
    this.#front = new Front(layout.frontBytesMax, () => {});
    this.#copyBytesMax = layout.frontBytesMax * MEMO_SHARE_MAX;
    this.#walk = new ShardWalk<M>(this.shards, random, (shard, slot, nowMs) => {
      const isHidden = shard.storage.items.isAuxiliary(slot);
      return isHidden ? undefined : this.#validity.serve(shard, slot, nowMs + originMs);
    });
  }

  get shards(): readonly Shard[] {
    return this.#hold.shards;
  }

  get(key: string, nowMs: number): Entry<M> | undefined {
    const entry = this.#front.get(key) as SharedEntry<M> | undefined;
    if (
      entry !== undefined &&
      entry.stamp === this.#words[NEWEST] &&
      nowMs < entry.expiresAtMs &&
      entry.isCurrent
    ) {
      const hits = entry.hits + 1;
      entry.hits = hits;
      const { shard } = entry;
      if (hits <= shard.storage.policy.hitsTold) shard.hit(entry.slot, entry.hash);
      return entry;
    }
    return this.#getCold(key, nowMs, entry);
  }

  seek(bytes: Uint8Array, start: number, end: number, nowMs: number): RecordSpan | undefined {
    const { keys } = this.#hold;
    if (!keys.measureBytes(bytes, start, end)) return undefined;
    const sought = this.#sought;
    sought.key = undefined;
    sought.source = bytes;
    sought.start = start;
    sought.end = end;
    sought.hash = keys.hash;
    const shard = this.#hold.shardOf(keys.hash);
    const reader = this.#reader;
    if (!this.#read(shard)) return undefined;
    if (reader.expiresAtMs <= nowMs + this.#originMs) return undefined;
    if (reader.stamp !== this.#words[NEWEST]) {
      const key = bytes.subarray(start, end).toString();
      return this.#validity.isValid(shard, this.#entryOf(key, shard)) ? reader.copy : undefined;
    }
    shard.hit(reader.slot, keys.hash);
    return reader.copy;
  }

  spanOf(entry: Entry<M>): RecordSpan {
    (entry as SharedEntry<M>).locate(this.#span);
    return this.#span;
  }

  /** Look-ups of shared entries are not made side by side. */
  prefetch(): void {}

  peek(key: string, nowMs: number): Entry<M> | undefined {
    const shard = this.#seekKey(key);
    if (!this.#read(shard) || this.#reader.expiresAtMs <= nowMs + this.#originMs) return undefined;
    const entry = this.#entryOf(key, shard);
    return this.#validity.isValid(shard, entry) ? entry : undefined;
  }

  isHot(entry: Entry<M>): boolean {
    return entry instanceof FrontEntry && entry.ringIndex >= 0;
  }

  keep(entry: Entry<M>, memo: M, memoBytes: number): boolean {
    return entry instanceof FrontEntry && this.#front.keep(entry, memo, memoBytes);
  }

  set(key: string, record: Uint8Array, version: number, expiresAtMs: number, nowMs: number): boolean {
    const originMs = this.#originMs;
    return this.#writes.set(key, record, version, expiresAtMs + originMs, nowMs + originMs);
  }

  put(request: PutRequest, nowMs: number): RecordSpan | undefined {
    return this.#writes.put(request, this.#originMs, nowMs + this.#originMs);
  }

  commit(): void {
    this.#writes.commit();
  }

  /** The number of the shard that has `key`. */
  shardNumberOf(key: string): number {
    return this.shards.indexOf(this.#hold.measure(key));
  }

  hold(key: string): boolean {
    return this.#hold.hold(key);
  }

  letGo(): void {
    this.#hold.letGo();
  }

  holdAll(keys: Iterable<string>): boolean {
    return this.#hold.holdAll(keys);
  }

  /** Room is made in one step, as the lock is not held between calls. */
  prepare(): boolean {
    return true;
  }

  delete(key: string, nowMs: number): boolean {
    return this.#writes.delete(key, nowMs + this.#originMs);
  }

  clear(): void {
    for (const shard of this.shards) {
      while (!shard.lock());
      shard.clear();
      shard.unlock();
    }
  }

  revalidate(): number {
    return this.#validity.begin();
  }

  get newestGeneration(): number {
    return this.#words[NEWEST]!;
  }

  get checkedGeneration(): number {
    let least = Infinity;
    for (const { header } of this.shards) least = Math.min(least, header[CHECKED]!);
    return least;
  }

  tick(nowMs: number, steps: number): number {
    const { worker, workers } = this.#options;
    const newest = this.newestGeneration;
    let examined = 0;
    for (const [index, shard] of this.shards.entries()) {
      const isOwn = index % workers === worker;
      const isChecked = shard.header[CHECKED] === newest;
      if ((!isOwn && isChecked) || examined >= steps || !shard.tryLock()) continue;
      examined += this.#validity.tick(shard, nowMs + this.#originMs, steps - examined);
      shard.unlock();
    }
    this.#front.visitSome(FRONT_CHECKED_A_TICK, (entry) => {
      if (!(entry as SharedEntry<M>).isCurrent) this.#front.remove(entry);
    });
    return examined;
  }

  scan(cursor: number, count: number, nowMs: number, visit: (entry: Entry<M>) => void): number {
    this.#validity.current();
    return this.#walk.scan(cursor, count, nowMs, visit);
  }

  randomKey(nowMs: number): string | undefined {
    this.#validity.current();
    return this.#walk.randomKey(nowMs);
  }

  hottest(count: number, nowMs: number): string[] {
    this.#validity.current();
    const hot = mostOf(this.#front.entries(), count, ({ hits }) => hits).map(({ key }) => key);
    const served = hot.filter((key) => this.peek(key, nowMs) !== undefined);
    return this.#walk.hottest(served, count, nowMs);
  }

  /** How often this process found another one writing the same shard, by whether its turn came in time. */
  get lockWaits(): { readonly taken: number; readonly refused: number } {
    let [waits, refused] = [0, 0];
    for (const shard of this.shards) {
      waits += shard.waits;
      refused += shard.refusals;
    }
    return { taken: waits - refused, refused };
  }

  stats(): EngineStats {
    const { entries, bytes, evictions } = statsOf(this.shards);
    return { entries, bytes: bytes + this.#front.bytes, bytesMax: this.bytesMax, evictions };
  }

  verify(): void {
    for (const shard of this.shards) {
      if (!shard.lock()) throw new Error("a shard is locked");
      shard.storage.verify();
      shard.unlock();
    }
    this.#front.verifyRings();
    if (this.stats().bytes > this.bytesMax) throw new Error("the budget is exceeded by what is charged");
  }

  #getCold(key: string, nowMs: number, inFront: SharedEntry<M> | undefined): Entry<M> | undefined {
    const shard = this.#seekKey(key);
    const { hash } = this.#sought;
    const reader = this.#reader;
    const isThere = this.#read(shard) && reader.expiresAtMs > nowMs + this.#originMs;
    const entry = isThere ? this.#entryOf(key, shard) : undefined;
    if (entry === undefined || !this.#validity.isValid(shard, entry)) {
      if (inFront !== undefined) this.#front.remove(inFront);
      return undefined;
    }
    shard.hit(entry.slot, hash);
    const isSmall = reader.copy.end <= this.#copyBytesMax;
    if (inFront !== undefined) this.#front.remove(inFront);
    if (isSmall && (inFront !== undefined || this.#doorkeeper.knows(hash))) {
      entry.hits = (inFront?.hits ?? 0) + 1;
      this.#front.add(entry);
    }
    return entry;
  }

  /** Measures `key`, has it sought, and gives its shard. */
  #seekKey(key: string): Shard {
    const shard = this.#hold.measure(key);
    const sought = this.#sought;
    sought.key = key;
    sought.hash = this.#hold.keys.hash;
    return shard;
  }

  /** Reads what is sought; where others' writes spoil every attempt, under the lock. `false`: it is not there. */
  #read(shard: Shard): boolean {
    const reader = this.#reader;
    let outcome = reader.read(shard, this.#sought);
    if (outcome === "busy" && this.#hold.enterToRead(shard)) {
      outcome = reader.read(shard, this.#sought);
      this.#hold.leave(shard);
    }
    return outcome === "hit";
  }

  #entryOf(key: string, shard: Shard): SharedEntry<M> {
    const reader = this.#reader;
    return new SharedEntry<M>(key, this.#sought.hash, shard, reader, reader.expiresAtMs - this.#originMs);
  }
}
