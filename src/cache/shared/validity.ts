// Whether entries are still valid, by generations that any process may begin; and the work of a tick in one shard. Warm.
import type { Entry, Validation } from "../engine.ts";
import { FrontEntry } from "../front/front-entry.ts";
import type { Shard } from "./shard.ts";
import type { SharedEntry } from "./shared-entry.ts";
import type { ShardHold } from "./shard-hold.ts";
import { NEWEST } from "./shared-memory.ts";

export interface ValidityOptions<M> extends Partial<Pick<Validation<M>, "isValid" | "suspectsSince">> {
  readonly words: Int32Array;
  readonly hold: ShardHold;
  /** As SharedL1Options has them. */
  readonly originMs: number;
  readonly catchUp: () => void;
}

export class Validity<M> {
  readonly #options: ValidityOptions<M>;
  readonly #words: Int32Array;
  /** The generation up to which this process knows why entries may be no longer valid; -1: it knows nothing yet. */
  #seen = -1;

  constructor(options: ValidityOptions<M>) {
    this.#options = options;
    this.#words = options.words;
  }

  /** Begins a generation. */
  begin(): number {
    return Atomics.add(this.#words, NEWEST, 1) + 1;
  }

  /** The newest generation, after this process has learnt all there is to know up to it. */
  current(): number {
    const newest = Atomics.load(this.#words, NEWEST);
    if (newest !== this.#seen) {
      this.#options.catchUp();
      this.#seen = newest;
    }
    return newest;
  }

  /** Whether an entry that was read is still valid; if it is of an older generation, the shard learns what it is. */
  isValid(shard: Shard, entry: SharedEntry<M>): boolean {
    if (entry.stamp === this.#words[NEWEST]) return true;
    const { hold } = this.#options;
    const newest = this.current();
    const isValid = this.#options.isValid?.(entry, entry.stamp) ?? true;
    if (hold.enter(shard)) {
      if (entry.isCurrent) {
        if (isValid) shard.storage.items.setStamp(entry.slot, newest);
        else shard.storage.drop(entry.slot, "invalidated");
      }
      hold.leave(shard);
    }
    entry.stamp = newest;
    return isValid;
  }

  /**
   * As the engine's tick, in one shard, whose lock is held. `nowMs` is by the time that all processes have in common.
   * A round is said to be done for all processes: so this one must know why it was begun, whoever began it just now.
   */
  tick(shard: Shard, nowMs: number, steps: number): number {
    const { storage, sweep } = shard;
    const generation = this.current();
    if (sweep.checked !== generation) sweep.begin(generation);
    const { suspectsSince } = this.#options;
    const serve = (slot: number) => this.serve(shard, slot, nowMs);
    return sweep.tick({ storage, generation, suspectsSince, serve }, nowMs, steps);
  }

  /**
   * The entry of a slot, whose record is a view, if it may be served; else it is dropped. The shard's lock is held, and
   * `current` was called before.
   */
  serve(shard: Shard, slot: number, nowMs: number): Entry<M> | undefined {
    const { storage } = shard;
    const { items } = storage;
    const expiresAtMs = items.expiresAtMs(slot);
    if (expiresAtMs <= nowMs) {
      storage.drop(slot, "expired");
      return undefined;
    }
    const stamp = items.stamp(slot);
    const ownExpiry = expiresAtMs - this.#options.originMs;
    const entry = new FrontEntry<M>(items.key(slot), slot, items.version(slot), ownExpiry, stamp, items);
    // Another process may know of a newer generation than this one does.
    if (((this.#seen - stamp) | 0) <= 0) return entry;
    if (!(this.#options.isValid?.(entry, stamp) ?? true)) {
      storage.drop(slot, "invalidated");
      return undefined;
    }
    items.setStamp(slot, this.#seen);
    return entry;
  }
}
