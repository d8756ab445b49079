// What an L1 engine is to everything above it: a byte-budgeted map from keys to opaque records. No code here.

import type { Departures, EvictionReason } from "./departures.ts";
import type { KeyRow } from "./key-row.ts";

/**
 * A resident entry.
 * An entry got from the engine is good until the next call that changes the engine; `memo` lives exactly as long
 * as the entry does in this version.
 */
export interface Entry<M> {
  readonly key: string;
  /** The record as it was given to `set`. Never written to. It may be a view of memory the engine reuses. */
  readonly record: Uint8Array;
  /** Sequence number of the write that made this record. */
  readonly version: number;
  /** Engine time in ms at which it ceases to be served; `Infinity` for never. */
  readonly expiresAtMs: number;
  /** What a lane made of the record and had kept by `keep`, such as ready responses. */
  readonly memo: M | undefined;
}

/** Where an entry's record lies in the engine's memory: good until the next call of the engine. */
export interface RecordSpan {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What `put` stores. The caller holds one object and fills it anew for each call, so that a write allocates nothing. */
export interface PutRequest {
  /** The key, in ASCII: these bytes from `keyStart` to `keyEnd`. */
  source: Uint8Array;
  keyStart: number;
  keyEnd: number;
  recordBytes: number;
  /**
   * Gives the version that the entry gets, once it is certain to be stored: no other write of the key comes between. 0:
   * it is not to be stored after all.
   */
  nextVersion: () => number;
  /** Written by the engine: that version. */
  version: number;
  expiresAtMs: number;
}

/** Figures of an engine, all since its construction. */
export interface EngineStats {
  readonly entries: number;
  /** Bytes accounted: keys, records, memos, and the overhead of all of them. Never above `bytesMax`. */
  readonly bytes: number;
  readonly bytesMax: number;
  readonly evictions: Readonly<Record<EvictionReason, number>>;
}

/** What the owner of an engine knows of what makes its entries invalid. */
export interface Validation<M> {
  /**
   * Asked once for each entry after each `revalidate()`, before the entry is served again; `false` drops it.
   * `generation` is the newest one that the entry was stored or found valid in.
   * This is how mass invalidation is correct at once and costs the hot path one comparison.
   */
  readonly isValid: (entry: Entry<M>, generation: number) => boolean;
  /** What a record has that may make it invalid, as a Bloom filter of 32 bits; 0: nothing. `put` stores such alone. */
  readonly traitsOf: (record: Uint8Array) => number;
  /**
   * Which entries have to be asked about for the sake of generations after this one: those whose traits have all bits of
   * one of these. 0: every entry.
   */
  readonly suspectsSince: (generation: number) => readonly number[];
}

/** Where nothing is known of traits, each generation makes all entries suspect, and where `isValid` is absent, none invalid. */
export interface EngineOptions<M> extends Partial<Validation<M>> {
  /** The budget in bytes, above 0. An engine may use less of it: see its own `bytesMax`. */
  readonly bytesMax: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** Time is an argument everywhere: `nowMs` is monotonic milliseconds from any origin, fractions allowed. */
export interface Engine<M> {
  readonly departures: Departures;
  readonly bytesMax: number;
  /** The largest `key bytes + record bytes` that `set` takes. */
  readonly recordBytesMax: number;
  /** Looks up for serving: an expired or invalid entry is absent; the access counts for eviction. Hot. */
  get(key: string, nowMs: number): Entry<M> | undefined;
  /**
   * As `get`, for a key that lies in `bytes` from `start` to `end`, without making anything: a lane that copies
   * the record on takes it from where it lies. Only for keys in ASCII: any other is absent here. Hot.
   */
  seek(bytes: Uint8Array, start: number, end: number, nowMs: number): RecordSpan | undefined;
  /** Keys in `bytes` that `seek` or `put` is about to be called for in this order: a hint, which makes those calls cheaper. */
  prefetch(bytes: Uint8Array, row: KeyRow): void;
  /** Where the record of an entry lies, which came from the last `get` or `peek`. Hot. */
  spanOf(entry: Entry<M>): RecordSpan;
  /** As `get`, but leaves no trace in the eviction policy. */
  peek(key: string, nowMs: number): Entry<M> | undefined;
  /** Whether `keep` would consider a memo for `entry`: making one for an entry that is not hot is wasted. Hot. */
  isHot(entry: Entry<M>): boolean;
  /**
   * Offers a memo of about `memoBytes` resident bytes for `entry`, which came from the last `get` or `peek`.
   * The engine charges it to the budget and keeps it only for entries it deems hot; `false`: not kept.
   */
  keep(entry: Entry<M>, memo: M, memoBytes: number): boolean;
  /** Stores a copy of `record`, replacing any entry of `key`; `false`: larger than `recordBytesMax`, nothing changed. */
  set(key: string, record: Uint8Array, version: number, expiresAtMs: number, nowMs: number): boolean;
  /**
   * As `set`, for a key that lies in memory: makes room for the record, whose content the caller writes into the span at
   * once, before `commit`. Reads `request` during the call only. `undefined`: not stored, `set` it. Hot.
   */
  put(request: PutRequest, nowMs: number): RecordSpan | undefined;
  /** The record that `put` made room for is written. Hot. */
  commit(): void;
  /**
   * Until `letGo` nobody else writes `key`, so that what is read of it meanwhile may decide what is written. One key at a
   * time, and within one turn of the event loop. `false`: another process is writing beside it; try again a little later.
   */
  hold(key: string): boolean;
  /** As `hold`, for several keys. */
  holdAll(keys: Iterable<string>): boolean;
  letGo(): void;
  /**
   * Makes room for a record of `recordBytes` that is about to be stored, by evicting up to about `steps` entries;
   * `true`: there is room now, or it takes few steps at once. A large record may need that of many thousands.
   */
  prepare(recordBytes: number, steps: number): boolean;
  /** Removes; `true` if an entry that was not expired was there. */
  delete(key: string, nowMs: number): boolean;
  /** Drops everything at once. */
  clear(): void;
  /** From now on every entry present is put to `isValid` before it is served. Returns the number of the generation
   *  that this begins: entries stored from now on belong to it. Costs nothing but what `tick` does then, which looks at
   *  the suspects. */
  revalidate(): number;
  /** The number that the last call of `revalidate` gave, in whichever process; 0 before the first. */
  readonly newestGeneration: number;
  /** `tick` has put to `isValid` whatever was suspect for the sake of the generations up to this one. */
  readonly checkedGeneration: number;
  /**
   * Background work, bounded: turns the expiry wheel to `nowMs` and goes on checking the entries that were there at the last `revalidate()`, for
   * about `steps` entries, or as long as that takes where they are passed over. Returns the number of entries examined;
   * below `steps` means all is done.
   */
  tick(nowMs: number, steps: number): number;
  /** Visits entries from `cursor` (0 to begin), about `count` of them; returns the next cursor, 0 at the end.
   *  Entries present throughout a whole walk are visited at least once (the promise of Redis's SCAN). */
  scan(cursor: number, count: number, nowMs: number, visit: (entry: Entry<M>) => void): number;
  /** A resident key chosen at random, or none. */
  randomKey(nowMs: number): string | undefined;
  /** Up to `count` keys among the most used, hottest first. */
  hottest(count: number, nowMs: number): string[];
  stats(): EngineStats;
  /** Throws unless all internal invariants hold. For tests; may cost O(n). */
  verify(): void;
}
